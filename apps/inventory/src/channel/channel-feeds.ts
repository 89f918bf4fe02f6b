/** Takes a channel's feed over: all of it in one transaction, or nothing and every line that is wrong. */
import { randomUUID } from 'node:crypto'
import { type ChannelConflict, ChannelConflictList, ChannelFeedOutcome } from '@meshmart/contracts'
import {
  CLOCK,
  type Clock,
  Database,
  type FieldProblem,
  fingerprintOf,
  ProblemException,
  type Transaction,
} from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { changesOf } from '../domain/stock-events.ts'
import {
  bookDecisions,
  insertFeed,
  lockChannel,
  readBooked,
  readConflicts,
  readFeed,
} from '../persistence/channel-rows.ts'
import { insertDocument } from '../persistence/movement-rows.ts'
import { knownSkus } from '../persistence/product-rows.ts'
import { lockStock } from '../persistence/stock-rows.ts'
import { StockNews } from '../stock/stock-news.ts'
import { type Feed, lineProblems, mostProblems, orderProblems } from './feed-line.ts'
import { reconcile } from './reconcile.ts'

/** A feed of fifty thousand lines takes seconds, and keeps buyers of these products waiting as long. */
const feedTransactionMs = 60_000

@Injectable()
export class ChannelFeeds {
  constructor(
    private readonly database: Database,
    private readonly news: StockNews,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Idempotent by version: the same feed again is answered the same. Throws ProblemException `feed-refused` with errors by line, also for a version or an
   * `until` that goes back, and `idempotency-key-reused` where the version was given to another feed.
   */
  async take(channel: string, feed: Feed): Promise<ChannelFeedOutcome> {
    const now = this.clock.now()
    const movements = feed.lines.map(({ movement }) => movement)
    const fingerprint = fingerprintOf({ until: feed.until.toISOString(), movements })
    return this.database.transaction(async (tx) => {
      const before = await lockChannel(tx, channel)
      const earlier = await readFeed(tx, channel, feed.version)
      if (earlier) {
        if (earlier.fingerprint !== fingerprint) throw new ProblemException('idempotency-key-reused')
        return ChannelFeedOutcome.parse(earlier.outcome)
      }
      const known = await knownSkus(tx, movements)
      const booked = await readBooked(tx, channel, feed.lines)
      refuse([
        ...orderProblems(feed, before, now),
        ...lineProblems(feed, known, now),
        ...feed.lines.flatMap(({ at, movement }) => {
          const sku = booked.get(movement.id)?.sku
          return sku !== undefined && sku !== movement.sku ? [{ field: `${at}.sku`, code: 'taken' }] : []
        }),
      ])
      return this.#book(tx, channel, feed, fingerprint, booked, now)
    }, feedTransactionMs)
  }

  async conflicts(channel: string, limit: number): Promise<ChannelConflictList> {
    return ChannelConflictList.parse({ items: await readConflicts(this.database, channel, limit) })
  }

  async #book(
    tx: Transaction,
    channel: string,
    { version, until, lines }: Feed,
    fingerprint: string,
    booked: Awaited<ReturnType<typeof readBooked>>,
    at: Date,
  ): Promise<ChannelFeedOutcome> {
    const stock = await lockStock(
      tx,
      lines.map(({ movement }) => movement),
    )
    const places = new Map([...stock].map(([sku, row]) => [sku, row.places]))
    const decisions = reconcile(
      lines.map(({ movement }) => movement),
      booked,
      places,
    )
    const outcome: ChannelFeedOutcome = {
      version,
      booked: decisions.filter((each) => each.outcome === 'booked').length,
      repeated: decisions.filter((each) => each.outcome === 'repeated').length,
      conflicts: decisions.flatMap(({ conflict }): ChannelConflict[] =>
        conflict ? [{ ...conflict, feedVersion: version }] : [],
      ),
    }
    const documentId = randomUUID()
    await insertDocument(tx, {
      id: documentId,
      kind: 'channel-feed',
      actor: `channel:${channel}`,
      note: `feed ${version}`,
      at,
    })
    await bookDecisions(tx, { channel, version, documentId, at }, decisions)
    await insertFeed(tx, { channel, version, until, documentId, fingerprint, outcome })
    const changes = new Map<string, number>()
    for (const { sku, quantity } of decisions.flatMap(({ moves }) => moves))
      changes.set(sku, (changes.get(sku) ?? 0) + quantity)
    await this.news.tell(tx, changesOf(stock, changes, 'channel'))
    return outcome
  }
}

/** Throws ProblemException `feed-refused` where anything is wrong. */
export function refuse(problems: readonly FieldProblem[]): void {
  if (problems.length === 0) return
  throw new ProblemException('feed-refused', {
    detail: `${problems.length} problems`,
    errors: problems.slice(0, mostProblems),
  })
}
