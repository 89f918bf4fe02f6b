/**
 * Holds stock for an order: all of its lines or none. The unique order id comes first, so that the same order asking twice at once waits for
 * itself and finds its own reservation instead of holding everything twice.
 */
import { randomUUID } from 'node:crypto'
import type { Reservation, ReservationRequest } from '@meshmart/contracts'
import {
  CLOCK,
  type Clock,
  Database,
  type FieldProblem,
  ProblemException,
  type Transaction,
} from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { allocate } from '../domain/allocation.ts'
import { initialReservationState } from '../domain/reservation-states.ts'
import { changesOf } from '../domain/stock-events.ts'
import { reservationInsertion, reservationOfOrder } from '../persistence/reservation-rows.ts'
import { holdLines, type LockedStock, lockStockFor } from '../persistence/stock-rows.ts'
import { stockTransactionMs } from '../persistence/transaction.ts'
import { StockNews } from '../stock/stock-news.ts'
import { duplicateSkus, soldOutLines, unknownSkus } from './line-problems.ts'

/** How long a checkout may take before its goods go back on sale. */
export const holdMs = 15 * 60_000

export interface Reserved {
  readonly reservation: Reservation
  /** False where the order had its reservation already. */
  readonly created: boolean
}

@Injectable()
export class ReserveStock {
  constructor(
    private readonly database: Database,
    private readonly news: StockNews,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Idempotent by `orderId`. Throws ProblemException `invalid-request` (a SKU twice), `unknown-sku`, `sold-out`, each naming the lines,
   * `idempotency-key-reused` where the order asks for other lines than before, and `wrong-state` where it has ended without any.
   */
  async reserve(request: ReservationRequest): Promise<Reserved> {
    refuseIf('invalid-request', duplicateSkus(request.lines))
    const now = this.clock.now()
    const head = {
      id: randomUUID(),
      orderId: request.orderId,
      state: initialReservationState,
      expiresAt: new Date(now.getTime() + holdMs).toISOString(),
    }
    return this.database.transaction(async (tx) => {
      const stock = await lockStockFor(tx, reservationInsertion(head, now), request.lines)
      if (!stock) return { reservation: await earlierReservation(tx, request), created: false }
      return { reservation: { ...head, lines: await this.#hold(tx, head.id, request.lines, stock) }, created: true }
    }, stockTransactionMs)
  }

  async #hold(
    tx: Transaction,
    id: string,
    wanted: ReservationRequest['lines'],
    stock: ReadonlyMap<string, LockedStock>,
  ): Promise<Reservation['lines']> {
    refuseIf('unknown-sku', unknownSkus(wanted, stock))
    refuseIf('sold-out', soldOutLines(wanted, stock))
    const lines = wanted.map(({ sku, quantity }) => {
      const { name, price } = stock.get(sku)!
      return { sku, quantity, name, unitPrice: price }
    })
    const places = new Map([...stock].map(([sku, row]) => [sku, row.places]))
    const taken = new Map(wanted.map(({ sku, quantity }) => [sku, -quantity]))
    const changes = changesOf(stock, taken, 'reserved')
    holdLines(tx, id, lines, allocate(wanted, places), this.news.events(changes))
    await this.news.warn(tx, changes)
    return lines
  }
}

async function earlierReservation(tx: Transaction, request: ReservationRequest): Promise<Reservation> {
  const reservation = await reservationOfOrder(tx, request.orderId)
  // The request was late: its order had ended before it came, and nobody would ever give back what it took.
  if (reservation?.lines.length === 0) throw new ProblemException('wrong-state', { detail: 'the order has ended' })
  if (!reservation || !sameLines(reservation, request)) {
    throw new ProblemException('idempotency-key-reused', {
      detail: `order ${request.orderId} has reserved other lines before`,
    })
  }
  return reservation
}

function refuseIf(code: 'invalid-request' | 'unknown-sku' | 'sold-out', errors: readonly FieldProblem[]): void {
  if (errors.length > 0) throw new ProblemException(code, { errors })
}

function sameLines(earlier: Reservation, { lines }: ReservationRequest): boolean {
  const wanted = new Map(lines.map(({ sku, quantity }) => [sku, quantity]))
  return (
    earlier.lines.length === lines.length && earlier.lines.every(({ sku, quantity }) => wanted.get(sku) === quantity)
  )
}
