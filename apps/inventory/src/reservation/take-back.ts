/**
 * What was sold comes back: some pieces of some lines at a time, or all that is left. Each return is a document, whose id makes it happen once; the reservation stays
 * confirmed while anything of it is still out.
 */
import type { Reservation, ReservationReturn } from '@meshmart/contracts'
import { CLOCK, type Clock, Database, ProblemException, type Transaction } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import type { Allocation, WantedLine } from '../domain/allocation.ts'
import { decideTransition } from '../domain/reservation-states.ts'
import { countOf, planReturn } from '../domain/returning.ts'
import { changesOf } from '../domain/stock-events.ts'
import { insertDocument } from '../persistence/movement-rows.ts'
import { changeState, lockReservation } from '../persistence/reservation-rows.ts'
import { insertReturned, piecesOut, returnedBy } from '../persistence/return-rows.ts'
import { lockStock } from '../persistence/stock-rows.ts'
import { stockTransactionMs } from '../persistence/transaction.ts'
import { StockNews } from '../stock/stock-news.ts'
import { beyondOut } from './line-problems.ts'

/** A customer's return reaches inventory through orders, which answers for it. */
const actor = 'orders'

@Injectable()
export class TakeBack {
  constructor(
    private readonly database: Database,
    private readonly news: StockNews,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Idempotent by the return's `id`. Throws ProblemException `not-found`; `wrong-state` for what was never sold; `return-exceeds-kept`, naming the
   * lines; and `idempotency-key-reused` where the id stands for another return.
   */
  async pieces(reservationId: string, { id, lines }: ReservationReturn): Promise<Reservation> {
    const at = this.clock.now()
    return this.database.transaction(async (tx) => {
      const reservation = await lockReservation(tx, reservationId)
      if (!reservation) throw new ProblemException('not-found')
      if (!(await insertDocument(tx, { id, kind: 'return', actor, note: '', at }))) {
        if (isSame(lines, await returnedBy(tx, reservationId, id))) return reservation
        throw new ProblemException('idempotency-key-reused')
      }
      refuseUnsold(reservation)
      const out = await piecesOut(tx, reservationId)
      const errors = beyondOut(lines, out)
      if (errors.length > 0) throw new ProblemException('return-exceeds-kept', { errors })
      return this.#book(tx, reservation, { documentId: id, at, out, parts: planReturn(lines, out) })
    }, stockTransactionMs)
  }

  /** All that is still out, within the caller's transaction, which holds the reservation's lock. Throws ProblemException `wrong-state` for what was never sold. */
  async rest(tx: Transaction, reservation: Reservation): Promise<Reservation> {
    refuseUnsold(reservation)
    const out = await piecesOut(tx, reservation.id)
    return this.#book(tx, reservation, { documentId: null, at: this.clock.now(), out, parts: out })
  }

  async #book(
    tx: Transaction,
    reservation: Reservation,
    back: { documentId: string | null; at: Date; out: readonly Allocation[]; parts: readonly Allocation[] },
  ): Promise<Reservation> {
    const { documentId, at, out, parts } = back
    const stock = await lockStock(tx, parts)
    await insertReturned(tx, { reservationId: reservation.id, documentId, at }, parts)
    const skus = [...new Set(parts.map(({ sku }) => sku))]
    const changes = new Map(skus.map((sku) => [sku, countOf(sku, parts)]))
    await this.news.tell(tx, changesOf(stock, changes, 'returned'))
    const isAll = total(parts) === total(out)
    if (!isAll) return reservation
    await changeState(tx, reservation.id, 'returned', at)
    return { ...reservation, state: 'returned' }
  }
}

function refuseUnsold({ state }: Reservation): void {
  if (decideTransition(state, 'return') !== 'forbidden') return
  throw new ProblemException('wrong-state', { detail: `nothing of a reservation that is ${state} can come back` })
}

const total = (pieces: readonly WantedLine[]): number => pieces.reduce((sum, { quantity }) => sum + quantity, 0)

const isSame = (lines: readonly WantedLine[], booked: ReadonlyMap<string, number>): boolean =>
  lines.length === booked.size && lines.every(({ sku, quantity }) => booked.get(sku) === quantity)
