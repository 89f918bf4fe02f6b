/**
 * What happens to a reservation as a whole: confirm, release, expire. What comes back after a sale comes in parts (take-back.ts). What is allowed and what it does to the stock is the
 * table in domain/reservation-states.ts; here is how a row of it becomes one transaction.
 */
import type { Reservation } from '@meshmart/contracts'
import { CLOCK, type Clock, Database, ProblemException, type Transaction } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { allocate } from '../domain/allocation.ts'
import {
  availableFactor,
  decideTransition,
  type ReservationAction,
  type ReservationTransition,
  reservationTransitions,
} from '../domain/reservation-states.ts'
import { changesOf, type StockCause } from '../domain/stock-events.ts'
import { changeState, lockReservation, sellHeld } from '../persistence/reservation-rows.ts'
import { allocateLate, lockStock, sellAllocated } from '../persistence/stock-rows.ts'
import { stockTransactionMs } from '../persistence/transaction.ts'
import { StockNews } from '../stock/stock-news.ts'

/** Of the whole reservation, at once. */
export type SettlingAction = Exclude<ReservationAction, 'return'>

/** Where what is held is sold, nothing changes for who would buy: there is nothing to refuse and nothing to tell. It is the way of nearly every order. */
const sales = reservationTransitions.filter(({ effect }) => effect.onHand < 0 && availableFactor(effect) === 0)

/** A confirm is heard of only where it takes stock that had gone back on sale. */
const causeOf: Readonly<Record<SettlingAction, StockCause>> = {
  confirm: 'confirmed-late',
  release: 'released',
  expire: 'expired',
}

@Injectable()
export class SettleReservation {
  constructor(
    private readonly database: Database,
    private readonly news: StockNews,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Idempotent: an action that has had its effect has none again. Throws ProblemException `not-found`, and `wrong-state` where the state does not allow
   * the action, or where a late confirm finds its goods sold to somebody else.
   */
  async settle(id: string, action: SettlingAction): Promise<Reservation> {
    const sale = sales.find((row) => row.action === action)
    const sold = sale && (await sellHeld(this.database, id, sale, this.clock.now()))
    return sold ?? this.database.transaction((tx) => this.settleIn(tx, id, action), stockTransactionMs)
  }

  /** As `settle`, within the caller's transaction. */
  async settleIn(tx: Transaction, id: string, action: SettlingAction): Promise<Reservation> {
    const reservation = await lockReservation(tx, id)
    if (!reservation) throw new ProblemException('not-found')
    const transition = decideTransition(reservation.state, action)
    if (transition === 'forbidden') {
      throw new ProblemException('wrong-state', {
        detail: `a reservation that is ${reservation.state} cannot ${action}`,
      })
    }
    if (transition === 'done') return reservation
    await this.#apply(tx, reservation, transition, causeOf[action])
    return { ...reservation, state: transition.to }
  }

  async #apply(
    tx: Transaction,
    reservation: Reservation,
    { effect, to }: ReservationTransition,
    cause: StockCause,
  ): Promise<void> {
    const at = this.clock.now()
    if (effect.held === 0 && effect.onHand === 0) return changeState(tx, reservation.id, to, at)
    const stock = await lockStock(tx, reservation.lines)
    const factor = availableFactor(effect)
    refuseBeyondStock(reservation, stock, factor)
    // The new state gives back what was held.
    await changeState(tx, reservation.id, to, at)
    if (factor < 0) {
      const places = new Map([...stock].map(([sku, row]) => [sku, row.places]))
      await allocateLate(tx, reservation.id, allocate(withoutPrices(reservation), places))
    }
    if (effect.onHand < 0) await sellAllocated(tx, reservation.id, at)
    const changes = new Map(reservation.lines.map(({ sku, quantity }) => [sku, quantity * factor]))
    await this.news.tell(tx, changesOf(stock, changes, cause))
  }
}

/** Only a late confirm takes what is on sale, so only it can find nothing left. */
function refuseBeyondStock(
  { lines }: Reservation,
  stock: ReadonlyMap<string, { readonly available: number }>,
  factor: number,
): void {
  const short = lines.filter(({ sku, quantity }) => stock.get(sku)!.available + quantity * factor < 0)
  if (short.length === 0) return
  throw new ProblemException('wrong-state', {
    detail: `the hold had expired and ${short.map(({ sku }) => sku).join(', ')} has been sold meanwhile`,
  })
}

const withoutPrices = ({ lines }: Reservation) => lines.map(({ sku, quantity }) => ({ sku, quantity }))
