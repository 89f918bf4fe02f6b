/**
 * Looks once a minute at what has been sold lately, warns of what will soon be gone, and takes back what is no longer true. One replica at a time does it; one that
 * dies leaves the lock with its transaction.
 */
import {
  CLOCK,
  type Clock,
  Database,
  Log,
  type Mesh,
  MESH,
  Outbox,
  type Transaction,
  Worker,
} from '@meshmart/service-kit'
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import { decideWarning, forecastWindowMs, type SalesStep, soldOutAt } from '../domain/forecast.ts'
import { Warnings } from './warnings.ts'

const everyMs = 60_000
const watchLock = 7_209_115
const watchTransactionMs = 30_000

const figures = [
  ['low', 'meshmart_stock_low_products', 'Products at or below their reorder point, all replicas together.'],
  [
    'running-out',
    'meshmart_stock_running_out_products',
    'Products that will soon be sold out at the rate of the last sales, all replicas together.',
  ],
] as const

interface Selling {
  readonly sku: string
  readonly available: number
  readonly open: boolean
  readonly sales: readonly { readonly at: string; readonly sold: number }[]
}

@Injectable()
export class WarningWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #worker: Worker
  readonly #open = { low: 0, 'running-out': 0 }

  constructor(
    private readonly database: Database,
    private readonly warnings: Warnings,
    private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(MESH) mesh: Pick<Mesh, 'addFigure'>,
    log: Log,
  ) {
    for (const [kind, name, help] of figures)
      mesh.addFigure(name, { type: 'gauge', help, read: () => this.#open[kind] })
    this.#worker = new Worker('stock warnings', log, async (signal) => {
      while (!signal.stopped) {
        await this.watch()
        await this.#count()
        await signal.sleep(everyMs)
      }
    })
  }

  onApplicationBootstrap(): void {
    this.#worker.start()
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#worker.stop()
  }

  /** Every replica by itself: whoever asks it for figures wants to hear the same. */
  async #count(): Promise<void> {
    const rows = await this.database.query<{ kind: string; count: number }>`
      SELECT "kind", count(*)::int AS "count" FROM "stock_warning" WHERE "cleared_at" IS NULL GROUP BY "kind"`
    for (const [kind] of figures) this.#open[kind] = rows.find((row) => row.kind === kind)?.count ?? 0
  }

  /** One look; nothing where another replica is just looking. */
  async watch(): Promise<void> {
    const now = this.clock.now()
    await this.database.transaction(async (tx) => {
      const [lock] = await tx.query<{ ours: boolean }>`
        SELECT pg_try_advisory_xact_lock(${watchLock}::bigint) AS "ours"`
      if (lock?.ours !== true) return
      await clearLow(tx, now)
      for (const { sku, available, open, sales } of await readSelling(tx, now)) {
        const steps = sales.map(({ at, sold }): SalesStep => ({ at: new Date(at), sold }))
        const forecast = soldOutAt(available, steps, now)
        const decision = decideWarning(forecast, open, now)
        if (decision === 'clear') await clear(tx, sku, now)
        // What is gone is no forecast; the fall to the reorder point has warned of it.
        if (decision !== 'raise' || forecast === null || available === 0) continue
        if (!(await this.warnings.raise(tx, { kind: 'running-out', sku, available, soldOutAt: forecast }, now)))
          continue
        const data = { sku, available, soldOutAt: forecast.toISOString() }
        this.outbox.append(tx, { type: 'stock.runs-out', subject: sku, data })
      }
    }, watchTransactionMs)
  }
}

const clear = (tx: Transaction, sku: string, now: Date) => tx.execute`
  UPDATE "stock_warning" SET "cleared_at" = ${now} WHERE "sku" = ${sku} AND "kind" = 'running-out' AND "cleared_at" IS NULL`

/** Here and not where stock rises, so that a basket that is given up between two looks makes no second e-mail. */
const clearLow = (tx: Transaction, now: Date) => tx.execute`
  UPDATE "stock_warning" w SET "cleared_at" = ${now} FROM "product" p
  WHERE w."cleared_at" IS NULL AND w."kind" = 'low' AND p."sku" = w."sku" AND (p."withdrawn_at" IS NOT NULL OR p."reorder_point" < (
    SELECT sum(s."on_hand" - s."held") FROM "stock" s JOIN "warehouse" h ON h."code" = s."warehouse" WHERE h."sells" AND s."sku" = w."sku"))`

/** What was sold within the window, in steps of five minutes, and what has an open warning whether it was sold or not. Of what is withdrawn nothing more is sold. */
const readSelling = (tx: Transaction, now: Date): Promise<Selling[]> => tx.query<Selling>`
  WITH step AS (
    SELECT m."sku", max(m."at") AS "at", -sum(m."quantity")::int AS "sold" FROM "stock_movement" m
    WHERE m."at" > ${new Date(now.getTime() - forecastWindowMs)} AND m."kind" IN ('sold', 'returned', 'channel')
    GROUP BY m."sku", date_bin('5 minutes', m."at", 'epoch')
  ), open AS (
    SELECT "sku" FROM "stock_warning" WHERE "cleared_at" IS NULL AND "kind" = 'running-out'
  )
  SELECT sku."sku", (o."sku" IS NOT NULL) AS "open",
    (SELECT sum(s."on_hand" - s."held")::int FROM "stock" s JOIN "warehouse" w ON w."code" = s."warehouse"
      WHERE w."sells" AND s."sku" = sku."sku") AS "available",
    coalesce((SELECT jsonb_agg(jsonb_build_object('at', step."at", 'sold', step."sold")) FROM step
      WHERE step."sku" = sku."sku" AND p."withdrawn_at" IS NULL), '[]') AS "sales"
  FROM (SELECT "sku" FROM step UNION SELECT "sku" FROM open) sku JOIN "product" p ON p."sku" = sku."sku" LEFT JOIN open o ON o."sku" = sku."sku"`
