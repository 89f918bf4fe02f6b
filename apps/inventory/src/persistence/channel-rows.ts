/** Channels and what is booked of their movements, as rows. */
import { type Queryable, type Transaction } from '@meshmart/service-kit'
import type { ChannelConflict, ChannelFeedOutcome } from '@meshmart/contracts'
import type { BookedMovement, Decision } from '../channel/reconcile.ts'
import type { FeedLine } from '../channel/feed-line.ts'
import { insertMovements } from './movement-rows.ts'

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
  await insertMovements(
    tx,
    documentId,
    moves.map((move) => ({ ...move, kind: 'channel' })),
    at,
  )
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
  await tx.execute`
    INSERT INTO "channel_conflict"
      ("channel", "feed_version", "movement_id", "sku", "reason", "kept", "ours", "ours_at", "theirs", "theirs_at")
    SELECT ${channel}, ${version}::int, c."movementId", c."sku", c."reason", c."kept", c."ours", c."oursAt", c."theirs", c."theirsAt"
    FROM jsonb_to_recordset(${JSON.stringify(conflicts)}::jsonb) AS c("movementId" text, "sku" text, "reason" text, "kept" text,
      "ours" int, "oursAt" timestamptz, "theirs" int, "theirsAt" timestamptz)`
}

type ConflictRow = Omit<ChannelConflict, 'oursAt' | 'theirsAt'> & {
  readonly oursAt: Date | null
  readonly theirsAt: Date
}

/** Newest feed first. */
export async function readConflicts(tx: Queryable, channel: string, limit: number): Promise<ChannelConflict[]> {
  const rows = await tx.query<ConflictRow>`
    SELECT "movement_id" AS "movementId", "sku", "reason", "kept", "ours", "ours_at" AS "oursAt", "theirs", "theirs_at" AS "theirsAt",
      "feed_version" AS "feedVersion"
    FROM "channel_conflict" WHERE "channel" = ${channel} ORDER BY "feed_version" DESC, "movement_id" LIMIT ${limit}`
  return rows.map(({ oursAt, theirsAt, ...conflict }) => ({
    ...conflict,
    oursAt: oursAt?.toISOString() ?? null,
    theirsAt: theirsAt.toISOString(),
  }))
}

/** What a feed of this version was answered before. */
export async function readFeed(
  tx: Queryable,
  channel: string,
  version: number,
): Promise<{ readonly fingerprint: string; readonly outcome: unknown } | undefined> {
  const [feed] = await tx.query<{ fingerprint: string; outcome: unknown }>`
    SELECT "fingerprint", "outcome" FROM "channel_feed" WHERE "channel" = ${channel} AND "version" = ${version}`
  return feed
}

/** The channel must be locked. */
export async function insertFeed(
  tx: Transaction,
  feed: {
    readonly channel: string
    readonly version: number
    readonly until: Date
    readonly documentId: string
    readonly fingerprint: string
    readonly outcome: ChannelFeedOutcome
  },
): Promise<void> {
  const { channel, version, until, documentId, fingerprint, outcome } = feed
  await tx.execute`
    WITH taken AS (
      INSERT INTO "channel_feed" ("channel", "version", "document_id", "fingerprint", "outcome")
      VALUES (${channel}, ${version}, ${documentId}::uuid, ${fingerprint}, ${JSON.stringify(outcome)}::jsonb)
    )
    UPDATE "channel" SET "feed_version" = ${version}, "until" = ${until} WHERE "name" = ${channel}`
}
