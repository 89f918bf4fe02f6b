/** Orders to suppliers: placed now, booked when they arrive. */
import { type Replenishment, type ReplenishmentRequest } from '@meshmart/contracts'
import { CLOCK, type Clock, Database, ProblemException, type Transaction } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import {
  decideReplenishment,
  initialReplenishmentState,
  type ReplenishmentAction,
} from '../domain/replenishment-states.ts'
import { changesOf } from '../domain/stock-events.ts'
import { insertDocument, insertMovements } from '../persistence/movement-rows.ts'
import { knownSkus } from '../persistence/product-rows.ts'
import {
  changeReplenishmentState,
  insertReplenishment,
  lockReplenishment,
  readReplenishments,
} from '../persistence/replenishment-rows.ts'
import { lockStock } from '../persistence/stock-rows.ts'
import { stockTransactionMs } from '../persistence/transaction.ts'
import { unknownSkus } from '../reservation/line-problems.ts'
import { StockNews } from '../stock/stock-news.ts'

@Injectable()
export class Replenishments {
  constructor(
    private readonly database: Database,
    private readonly news: StockNews,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Idempotent by `id`. Throws ProblemException `unknown-sku`, and `idempotency-key-reused` where the id stands for another order. */
  async order(
    actor: string,
    request: ReplenishmentRequest,
  ): Promise<{ replenishment: Replenishment; created: boolean }> {
    const { id, warehouse, note, expectedAt, lines } = request
    const at = this.clock.now()
    return this.database.transaction(async (tx) => {
      if (!(await insertDocument(tx, { id, kind: 'replenishment', actor, note, at }))) {
        return { replenishment: await earlier(tx, request), created: false }
      }
      const errors = unknownSkus(lines, await knownSkus(tx, lines))
      if (errors.length > 0) throw new ProblemException('unknown-sku', { errors })
      await insertReplenishment(tx, { id, warehouse, expectedAt, lines }, initialReplenishmentState, at)
      return { replenishment: (await find(tx, id))!, created: true }
    }, stockTransactionMs)
  }

  /** Idempotent. Throws ProblemException `not-found` and `wrong-state`. */
  async act(id: string, action: ReplenishmentAction): Promise<Replenishment> {
    return this.database.transaction(async (tx) => {
      const order = await lockReplenishment(tx, id)
      if (!order) throw new ProblemException('not-found')
      const transition = decideReplenishment(order.state, action)
      if (transition === 'forbidden') {
        throw new ProblemException('wrong-state', { detail: `a replenishment that is ${order.state} cannot ${action}` })
      }
      if (transition === 'done') return order
      const at = this.clock.now()
      if (transition.restocks) {
        const stock = await lockStock(tx, order.lines)
        const moves = order.lines.map((line) => ({ ...line, warehouse: order.warehouse, kind: 'restocked' as const }))
        await insertMovements(tx, id, moves, at)
        const changes = new Map(order.lines.map(({ sku, quantity }) => [sku, quantity]))
        await this.news.tell(tx, changesOf(stock, changes, 'restocked'))
      }
      await changeReplenishmentState(tx, id, transition.to, at)
      return { ...order, state: transition.to, updatedAt: at.toISOString() }
    }, stockTransactionMs)
  }

  /** Newest first. */
  list(state: Replenishment['state'] | undefined, limit: number): Promise<Replenishment[]> {
    return readReplenishments(this.database, { state, limit })
  }
}

const find = (tx: Transaction, id: string): Promise<Replenishment | undefined> =>
  readReplenishments(tx, { id, limit: 1 }).then(([order]) => order)

async function earlier(tx: Transaction, request: ReplenishmentRequest): Promise<Replenishment> {
  const order = await find(tx, request.id)
  const linesOf = (lines: ReplenishmentRequest['lines']): string =>
    JSON.stringify(lines.map(({ sku, quantity }) => [sku, quantity]))
  if (!order || order.warehouse !== request.warehouse || linesOf(order.lines) !== linesOf(request.lines)) {
    throw new ProblemException('idempotency-key-reused', { detail: `${request.id} stands for something else already` })
  }
  return order
}
