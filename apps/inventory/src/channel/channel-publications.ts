/**
 * What a channel may sell, in versions: each holds the products whose availability differs from what the channel was told last. A version never changes, so a
 * channel that has missed one reads it later, and one that reads a version twice learns nothing new.
 */
import { ChannelPublication, ChannelPublicationPage } from '@meshmart/contracts'
import { CLOCK, type Clock, Database, ProblemException } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { lockChannel } from '../persistence/channel-rows.ts'

const linesAtOnce = 1_000
const publicationTransactionMs = 120_000

@Injectable()
export class ChannelPublications {
  constructor(
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The next version, or the last one again where nothing has changed; version 0 says that there was never anything to tell. */
  async publish(channel: string): Promise<ChannelPublication> {
    return this.database.transaction(async (tx) => {
      const { publishedVersion } = await lockChannel(tx, channel)
      const version = publishedVersion + 1
      const lines = await tx.execute`
        INSERT INTO "channel_publication_line" ("channel", "version", "sku", "available")
        SELECT ${channel}, ${version}::int, now."sku", now."available" FROM (
          SELECT p."sku", CASE WHEN p."withdrawn_at" IS NULL THEN sum(s."on_hand" - s."held")::int ELSE 0 END AS "available"
          FROM "stock" s JOIN "warehouse" w ON w."code" = s."warehouse" JOIN "product" p ON p."sku" = s."sku"
          WHERE w."sells" GROUP BY p."sku"
        ) now LEFT JOIN LATERAL (
          SELECT l."available" FROM "channel_publication_line" l WHERE l."channel" = ${channel} AND l."sku" = now."sku" ORDER BY l."version" DESC LIMIT 1
        ) told ON TRUE WHERE told."available" IS DISTINCT FROM now."available"`
      if (lines === 0) {
        const [last] = await tx.query<{ lines: number; publishedAt: Date }>`
          SELECT "lines", "published_at" AS "publishedAt" FROM "channel_publication"
          WHERE "channel" = ${channel} AND "version" = ${publishedVersion}`
        return {
          version: publishedVersion,
          lines: last?.lines ?? 0,
          publishedAt: (last?.publishedAt ?? this.clock.now()).toISOString(),
        }
      }
      const publishedAt = this.clock.now()
      await tx.execute`
        WITH made AS (
          INSERT INTO "channel_publication" ("channel", "version", "published_at", "lines")
          VALUES (${channel}, ${version}, ${publishedAt}, ${lines})
        )
        UPDATE "channel" SET "published_version" = ${version} WHERE "name" = ${channel}`
      return { version, lines, publishedAt: publishedAt.toISOString() }
    }, publicationTransactionMs)
  }

  /** In SKU order; `after` is the last SKU of the page before. Throws ProblemException `not-found`. */
  async page(
    channel: string,
    version: number,
    limit: number,
    after: string | undefined,
  ): Promise<ChannelPublicationPage> {
    const published = await this.database.query`
      SELECT FROM "channel_publication" WHERE "channel" = ${channel} AND "version" = ${version}`
    if (published.length === 0) throw new ProblemException('not-found')
    // Every SKU comes after the empty text.
    const rows = await this.database.query<ChannelPublicationPage['items'][number]>`
      SELECT "sku", "available" FROM "channel_publication_line"
      WHERE "channel" = ${channel} AND "version" = ${version} AND "sku" > ${after ?? ''} ORDER BY "sku" LIMIT ${limit + 1}`
    const items = rows.slice(0, limit)
    return { version, items, nextCursor: rows.length > limit ? (items.at(-1)?.sku ?? null) : null }
  }

  /** The whole version as CSV, a thousand lines in memory at a time. Throws ProblemException `not-found` with the first line. */
  async *csv(channel: string, version: number): AsyncGenerator<string> {
    let after: string | undefined
    yield 'sku,available\n'
    do {
      const { items, nextCursor } = await this.page(channel, version, linesAtOnce, after)
      // A SKU has no sign that CSV would have to quote.
      yield items.map(({ sku, available }) => `${sku},${available}\n`).join('')
      after = nextCursor ?? undefined
    } while (after !== undefined)
  }
}
