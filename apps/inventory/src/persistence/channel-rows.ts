/** Channels and what is booked of their movements, as rows. */
import { type Transaction } from '@meshmart/service-kit'
import type { BookedMovement, Decision } from '../channel/reconcile.ts'
import type { FeedLine } from '../channel/feed-line.ts'

/** The channel, made where it is new; feeds and publications of one channel come one after the other. */
export async function lockChannel(
  tx: Transaction,
  name: string,
): Promise<{ feedVersion: number; until: Date | null; publishedVersion: number }> {
  await tx.execute`INSERT INTO "channel" ("name") VALUES (${name}) ON CONFLICT DO NOTHING`
  const [row] = await tx.query<{ feedVersion: number; until: Date | null; publishedVersion: number }>`
    SELECT "feed_version" AS "feedVersion", "until", "published_version" AS "publishedVersion" FROM "channel" WHERE "name" = ${name} FOR UPDATE`
  return row!
}

/** What is booked of these movements, by the channel's id. */
export async function readBooked(
  tx: Transaction,
  channel: string,
  lines: readonly FeedLine[],
): Promise<Map<string, BookedMovement & { readonly sku: string }>> {
  const ids = lines.map(({ movement }) => movement.id)
  const rows = await tx.query<{ id: string; sku: string; quantity: number; movedAt: Date }>`
    SELECT "id", "sku", "quantity", "moved_at" AS "movedAt" FROM "channel_movement" WHERE "channel" = ${channel} AND "id" = ANY(${ids}::text[])`
  return new Map(rows.map((row) => [row.id, row]))
}

/** The stock must be locked. */
export async function bookDecisions(
  tx: Transaction,
  { channel, version, documentId, at }: { channel: string; version: number; documentId: string; at: Date },
  decisions: readonly Decision[],
): Promise<void> {
  const moves = decisions.flatMap((decision) => decision.moves)
  await tx.stockMovement.createMany({ data: moves.map((move) => ({ ...move, kind: 'channel', documentId, at })) })
  const told = decisions.filter(({ outcome, conflict }) => outcome === 'booked' || conflict !== null)
  await tx.execute`
    INSERT INTO "channel_movement" ("channel", "id", "sku", "quantity", "moved_at", "feed_version")
    SELECT ${channel}, given.id, given.sku, given.quantity, given.moved_at, ${version}::int
    FROM unnest(${told.map(({ movement }) => movement.id)}::text[], ${told.map(({ movement }) => movement.sku)}::text[],
      ${told.map(({ quantity }) => quantity)}::int[], ${told.map(({ movement }) => movement.movedAt)}::timestamptz[])
      AS given(id, sku, quantity, moved_at)
    ON CONFLICT ("channel", "id") DO UPDATE SET "quantity" = excluded."quantity", "moved_at" = excluded."moved_at", "feed_version" = excluded."feed_version"
    WHERE "channel_movement"."moved_at" < excluded."moved_at" OR "channel_movement"."quantity" = 0`
  const conflicts = decisions.flatMap(({ conflict }) => (conflict ? [conflict] : []))
  await tx.channelConflict.createMany({
    data: conflicts.map((conflict) => ({ ...conflict, channel, feedVersion: version })),
  })
}
