/** Orders to suppliers: placed now, booked when they arrive. */
import { Replenishment, type ReplenishmentRequest } from '@meshmart/contracts'
import { CLOCK, type Clock, Database, ProblemException, type Transaction } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import {
  decideReplenishment,
  initialReplenishmentState,
  type ReplenishmentAction,
} from '../domain/replenishment-states.ts'
import { insertDocument, insertMovements } from '../persistence/movement-rows.ts'
import { lockStock } from '../persistence/stock-rows.ts'
import { stockTransaction } from '../persistence/transaction.ts'
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
      const known = await tx.product.findMany({
        where: { sku: { in: lines.map(({ sku }) => sku) } },
        select: { sku: true },
      })
      const errors = unknownSkus(lines, new Map(known.map(({ sku }) => [sku, sku])))
      if (errors.length > 0) throw new ProblemException('unknown-sku', { errors })
      const state = initialReplenishmentState
      await tx.replenishmentOrder.create({
        data: { id, warehouse, state, expectedAt: new Date(expectedAt), updatedAt: at },
      })
      await tx.replenishmentLine.createMany({
        data: lines.map((line, position) => ({ replenishmentId: id, position, ...line })),
      })
      return { replenishment: (await find(tx, id))!, created: true }
    }, stockTransaction)
  }

  /** Idempotent. Throws ProblemException `not-found` and `wrong-state`. */
  async act(id: string, action: ReplenishmentAction): Promise<Replenishment> {
    return this.database.transaction(async (tx) => {
      await tx.query`SELECT FROM "replenishment_order" WHERE "id" = ${id}::uuid FOR UPDATE`
      const order = await find(tx, id)
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
        await this.news.tellAll(
          tx,
          stock,
          new Map(order.lines.map(({ sku, quantity }) => [sku, quantity])),
          'restocked',
        )
      }
      await tx.replenishmentOrder.updateMany({ where: { id }, data: { state: transition.to, updatedAt: at } })
      return { ...order, state: transition.to, updatedAt: at.toISOString() }
    }, stockTransaction)
  }

  /** Newest first. */
  async list(state: Replenishment['state'] | undefined, limit: number): Promise<Replenishment[]> {
    const rows = await this.database.replenishmentOrder.findMany({
      where: state === undefined ? {} : { state },
      orderBy: [{ document: { at: 'desc' } }, { id: 'asc' }],
      take: limit,
      include: parts,
    })
    return rows.map(replenishmentOf)
  }
}

const parts = {
  document: true,
  lines: { orderBy: { position: 'asc' } },
} as const satisfies Prisma.ReplenishmentOrderInclude
type Row = Prisma.ReplenishmentOrderGetPayload<{ include: typeof parts }>

async function find(tx: Transaction, id: string): Promise<Replenishment | undefined> {
  const row = await tx.replenishmentOrder.findUnique({ where: { id }, include: parts })
  return row ? replenishmentOf(row) : undefined
}

const replenishmentOf = ({ id, warehouse, state, expectedAt, updatedAt, document, lines }: Row): Replenishment =>
  Replenishment.parse({
    id,
    warehouse,
    state,
    note: document.note,
    actor: document.actor,
    lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
    expectedAt: expectedAt.toISOString(),
    createdAt: document.at.toISOString(),
    updatedAt: updatedAt.toISOString(),
  })

async function earlier(tx: Transaction, request: ReplenishmentRequest): Promise<Replenishment> {
  const order = await find(tx, request.id)
  const linesOf = (lines: ReplenishmentRequest['lines']): string =>
    JSON.stringify(lines.map(({ sku, quantity }) => [sku, quantity]))
  if (!order || order.warehouse !== request.warehouse || linesOf(order.lines) !== linesOf(request.lines)) {
    throw new ProblemException('idempotency-key-reused', { detail: `${request.id} stands for something else already` })
  }
  return order
}
