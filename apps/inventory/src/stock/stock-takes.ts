/** Books the difference between what was counted and what the books say, with the reason that somebody gives for it. */
import { type StockTake, type StockTakeRequest } from '@meshmart/contracts'
import {
  CLOCK,
  type Clock,
  Database,
  type FieldProblem,
  ProblemException,
  type Transaction,
} from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { changesOf } from '../domain/stock-events.ts'
import { insertDocument, insertMovements } from '../persistence/movement-rows.ts'
import { insertCounts, readBooks, readCounts } from '../persistence/stock-take-rows.ts'
import { lockStock } from '../persistence/stock-rows.ts'
import { stockTransactionMs } from '../persistence/transaction.ts'
import { unknownSkus } from '../reservation/line-problems.ts'
import { StockNews } from './stock-news.ts'

@Injectable()
export class StockTakes {
  constructor(
    private readonly database: Database,
    private readonly news: StockNews,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Idempotent by `id`. Throws ProblemException `unknown-sku`; `not-enough-stock` where less was counted than customers hold there, because their orders have to
   * be decided first; and `idempotency-key-reused` where the id stands for something else.
   */
  async book(actor: string, { id, warehouse, reason, counts }: StockTakeRequest): Promise<StockTake> {
    const at = this.clock.now()
    return this.database.transaction(async (tx) => {
      if (!(await insertDocument(tx, { id, kind: 'stock-take', actor, note: reason, at }))) {
        return earlier(tx, { id, warehouse, reason, counts })
      }
      const stock = await lockStock(tx, counts)
      refuseIf('unknown-sku', unknownSkus(counts, stock))
      const booked = await readBooks(tx, warehouse, counts)
      refuseIf(
        'not-enough-stock',
        counts.flatMap(({ sku, counted }, index): FieldProblem[] =>
          counted < booked.get(sku)!.held ? [{ field: `counts.${index}.counted`, code: 'not-enough-stock' }] : [],
        ),
      )
      const lines = counts.map(({ sku, counted }) => ({ sku, counted, booked: booked.get(sku)!.onHand }))
      await insertCounts(tx, id, warehouse, lines)
      const differing = lines.filter((line) => line.counted !== line.booked)
      const moves = differing.map((line) => ({
        sku: line.sku,
        warehouse,
        kind: 'counted' as const,
        quantity: line.counted - line.booked,
      }))
      await insertMovements(tx, id, moves, at)
      const changes = new Map(moves.map(({ sku, quantity }) => [sku, quantity]))
      await this.news.tell(tx, changesOf(stock, changes, 'counted'))
      return { id, warehouse, reason, lines }
    }, stockTransactionMs)
  }
}

async function earlier(tx: Transaction, { id, warehouse, reason, counts }: StockTakeRequest): Promise<StockTake> {
  const rows = await readCounts(tx, id, warehouse)
  const lines = counts.flatMap(({ sku, counted }) => {
    const row = rows.find((each) => each.sku === sku && each.counted === counted)
    return row ? [{ sku, counted, booked: row.booked }] : []
  })
  if (lines.length !== counts.length || rows.length !== counts.length)
    throw new ProblemException('idempotency-key-reused')
  return { id, warehouse, reason, lines }
}

function refuseIf(code: 'unknown-sku' | 'not-enough-stock', errors: readonly FieldProblem[]): void {
  if (errors.length > 0) throw new ProblemException(code, { errors })
}
