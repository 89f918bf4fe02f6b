/**
 * Inventory and payments as their contracts describe them, in memory, for one run of a simulation. A call has three points: before it arrives, between its effect and
 * its answer, and at its answer; at each the caller may be killed, and a call that is under way may get lost, or arrive after its caller's death.
 */
import { randomUUID } from 'node:crypto'
import type { PaymentIntent, Reservation } from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'
import type { Actor, Interleaving } from '@meshmart/service-kit/testing'
import type { InventoryPort, PaymentsPort } from '../../checkout/partners.ts'

export const price = { amount: 500, currency: 'EUR' }
/** Of the simulation's time; longer than a checkout without troubles takes. */
const holdMs = 15_000
/** An effect that is none: the order's own end, in between. */
export const ENDED = 'ended'
const none = { amount: 0, currency: 'EUR' }
const mug = { sku: 'MUG', name: { en: 'Mug', 'zh-CN': '杯子' }, unitPrice: price }

/** What really happened, whatever anybody was told. */
export interface Books {
  stock: number
  readonly reservations: Map<string, Reservation>
  /** By order. */
  readonly payments: Map<string, PaymentIntent>
  /** Pieces that came back, and refunds of a part that were asked for, by return. */
  readonly backs: Map<string, { readonly orderId: string; readonly quantity: number }>
  readonly refunds: Map<string, { readonly orderId: string; readonly amount: number; open: boolean }>
  /** Movements of money and goods, by order. */
  readonly effects: Map<string, string[]>
}

export interface Troubles {
  /** Share of calls that get lost, on their way or on their way back. */
  lost: number
  /** Share of authorisations that the acquirer declines, leaves pending for a while (also refunds of a part), and lets go. */
  declined: number
  pending: number
  expired: number
  /** Share of refunds, of all or of a part, that the acquirer refuses; asked for again later it may grant them. */
  refused: number
}

/** Wrong on purpose: what a simulation must find. */
export interface Sabotage {
  /** Payments does not know a repeated capture again. */
  readonly capturesTwice?: boolean
  /** Inventory confirms what was released. */
  readonly confirmsReleased?: boolean
  /** Inventory does not know an order again that has ended before it reserved anything. */
  readonly forgetsEnds?: boolean
  /** Payments does not know a repeated refund of a part again, nor inventory a repeated return. */
  readonly refundsTwice?: boolean
  readonly takesBackTwice?: boolean
}

export class ModelShop {
  readonly books: Books = {
    stock: 0,
    reservations: new Map(),
    payments: new Map(),
    backs: new Map(),
    refunds: new Map(),
    effects: new Map(),
  }
  constructor(
    readonly interleaving: Interleaving,
    readonly troubles: Troubles,
    readonly sabotage: Sabotage = {},
  ) {}

  inventoryFor(actor: Actor): InventoryPort {
    return {
      reserve: (orderId, items) => this.#call(actor, () => this.#reserve(orderId, items[0]!.quantity)),
      confirm: (id) => this.#call(actor, () => this.#confirm(id)),
      end: (orderId) => this.#call(actor, () => this.#endOrder(orderId)),
      takeBack: (id, { id: returnId, lines }) =>
        this.#call(actor, () => this.#takeBack(id, returnId, lines[0]!.quantity)),
      describe: (items) => this.#call(actor, () => items.map(({ quantity }) => ({ ...mug, quantity }))),
    }
  }

  paymentsFor(actor: Actor): PaymentsPort {
    return {
      authorise: ({ orderId, amount }) => this.#call(actor, () => this.#authorise(orderId, amount)),
      find: (id) => this.#call(actor, () => this.#payment(id)),
      capture: (id) => this.#call(actor, () => this.#capture(id)),
      void: (id) => this.#call(actor, () => this.#end(id, 'authorised', 'voided')),
      refund: (id) => this.#call(actor, () => this.#refund(id)),
      refundPart: (id, { returnId, amount }) => this.#call(actor, () => this.#refundPart(id, returnId, amount.amount)),
    }
  }

  /** The order is at its end: nothing of it may move from here on. */
  noteEnd(orderId: string): void {
    this.#note(orderId, ENDED)
  }

  /** The acquirer clears what is pending, and lets go of what nobody captures. */
  async acquirer(actor: Actor): Promise<void> {
    for (;;) {
      await this.interleaving.point(actor)
      for (const payment of this.books.payments.values()) {
        if (payment.state === 'pending' && this.#chance(0.3)) this.#decideOn(payment)
        else if (payment.state === 'authorised' && this.#chance(this.troubles.expired)) {
          this.#keep({ ...payment, state: 'expired' }, 'expire')
        }
      }
      for (const [id, refund] of this.books.refunds) if (refund.open && this.#chance(0.3)) this.#bookRefund(id)
    }
  }

  /** Inventory lets go of what was held too long. */
  async sweep(actor: Actor): Promise<void> {
    for (;;) {
      await this.interleaving.point(actor)
      for (const reservation of this.books.reservations.values()) {
        const past = Date.parse(reservation.expiresAt) <= this.interleaving.now
        if (reservation.state !== 'held' || !past) continue
        this.#hold({ ...reservation, state: 'expired' }, 'expire-hold', reservation.lines[0]!.quantity)
      }
    }
  }

  /** @throws ProblemException as the real clients do */
  async #call<T>(actor: Actor, effect: () => T): Promise<T> {
    const { interleaving, troubles } = this
    if (this.#chance(troubles.lost)) {
      // The network keeps it: it arrives when its caller has long given up, or is dead.
      if (this.#chance(0.5)) {
        interleaving.spawn('late call', async (late) => {
          for (let n = Math.floor(interleaving.random() * 60); n > 0; n--) await interleaving.point(late)
          quietly(effect)
        })
      }
      await interleaving.point(actor)
      throw new ProblemException('deadline-exceeded')
    }
    await interleaving.point(actor)
    const answer = quietly(effect)
    await interleaving.point(actor)
    if (this.#chance(troubles.lost)) throw new ProblemException('upstream-unavailable')
    if (answer.error !== undefined) throw answer.error
    return answer.value as T
  }

  #reserve(orderId: string, quantity: number): Reservation {
    const known = this.books.reservations.get(orderId)
    if (known?.lines.length === 0) throw new ProblemException('wrong-state')
    if (known !== undefined) return known
    if (this.books.stock < quantity)
      throw new ProblemException('sold-out', { errors: [{ field: 'lines.0', code: 'sold-out' }] })
    const lines = [{ ...mug, quantity }]
    const expiresAt = new Date(this.interleaving.now + holdMs).toISOString()
    return this.#hold({ id: randomUUID(), orderId, state: 'held', lines, expiresAt }, 'hold', -quantity)
  }

  #confirm(id: string): Reservation {
    const reservation = this.#reservation(id)
    const { state } = reservation
    if (state === 'confirmed') return reservation
    if (state === 'held') return this.#hold({ ...reservation, state: 'confirmed' }, 'confirm', 0)
    // What has run out is still confirmed while there is stock.
    const again = state === 'expired' || (state === 'released' && this.sabotage.confirmsReleased === true)
    const quantity = reservation.lines[0]?.quantity ?? 0
    if (!again || this.books.stock < quantity) throw new ProblemException('wrong-state')
    return this.#hold({ ...reservation, state: 'confirmed' }, 'confirm', -quantity)
  }

  /** Whatever the order has is given back; where it has nothing, that is remembered. */
  #endOrder(orderId: string): Reservation {
    const reservation = this.books.reservations.get(orderId)
    const expiresAt = new Date(this.interleaving.now).toISOString()
    const blank: Reservation = { id: randomUUID(), orderId, state: 'released', lines: [], expiresAt }
    if (reservation === undefined) return this.sabotage.forgetsEnds === true ? blank : this.#remember(blank)
    const quantity = reservation.lines[0]?.quantity ?? 0
    switch (reservation.state) {
      case 'held':
        return this.#hold({ ...reservation, state: 'released' }, 'release', quantity)
      case 'expired':
        return this.#hold({ ...reservation, state: 'released' }, 'release', 0)
      case 'confirmed':
        return this.#hold({ ...reservation, state: 'returned' }, 'return', quantity - this.#backOf(orderId))
      default:
        return reservation
    }
  }

  #takeBack(id: string, returnId: string, quantity: number): Reservation {
    const reservation = this.#reservation(id)
    const { orderId } = reservation
    const known = this.books.backs.has(returnId)
    if (known && this.sabotage.takesBackTwice !== true) return reservation
    if (reservation.state !== 'confirmed') throw new ProblemException('wrong-state')
    const out = reservation.lines[0]!.quantity - this.#backOf(orderId)
    if (quantity > out) throw new ProblemException('return-exceeds-kept')
    this.books.backs.set(returnId, { orderId, quantity })
    const state = quantity === out ? 'returned' : 'confirmed'
    return this.#hold({ ...reservation, state }, `take back ${returnId}`, quantity)
  }

  #backOf(orderId: string): number {
    return [...this.books.backs.values()].reduce((sum, back) => sum + (back.orderId === orderId ? back.quantity : 0), 0)
  }

  #reservation(id: string): Reservation {
    return [...this.books.reservations.values()].find((each) => each.id === id)!
  }

  #hold(reservation: Reservation, act: string, pieces: number): Reservation {
    this.books.stock += pieces
    this.#note(reservation.orderId, act)
    return this.#remember(reservation)
  }

  #remember(reservation: Reservation): Reservation {
    this.books.reservations.set(reservation.orderId, reservation)
    return reservation
  }

  #authorise(orderId: string, amount: PaymentIntent['amount']): PaymentIntent {
    const known = this.books.payments.get(orderId)
    if (known !== undefined) return known
    const blank = { amount, captured: none, refunded: none, declineReason: null, expiresAt: null }
    const payment: PaymentIntent = { id: randomUUID(), orderId, ...blank, state: 'pending' }
    this.books.payments.set(orderId, payment)
    return this.#chance(this.troubles.pending) ? payment : this.#decideOn(payment)
  }

  #decideOn(payment: PaymentIntent): PaymentIntent {
    return this.#chance(this.troubles.declined)
      ? this.#keep({ ...payment, state: 'declined', declineReason: 'card-declined' }, 'decline')
      : this.#keep({ ...payment, state: 'authorised' }, 'authorise')
  }

  #capture(id: string): PaymentIntent {
    const payment = this.#payment(id)
    const again = payment.state === 'captured'
    if (again && this.sabotage.capturesTwice !== true) return payment
    if (!again && payment.state !== 'authorised') throw new ProblemException('wrong-state')
    const captured = { ...payment.amount, amount: payment.captured.amount + payment.amount.amount }
    return this.#keep({ ...payment, state: 'captured', captured }, 'capture')
  }

  #end(id: string, from: PaymentIntent['state'], to: 'voided' | 'refunded'): PaymentIntent {
    const payment = this.#payment(id)
    if (payment.state === to) return payment
    if (payment.state !== from) throw new ProblemException('wrong-state')
    return this.#keep({ ...payment, state: to, refunded: to === 'refunded' ? payment.captured : none }, to)
  }

  #refund(id: string): PaymentIntent {
    if (this.#payment(id).state === 'captured') this.#mayBeRefused()
    return this.#end(id, 'captured', 'refunded')
  }

  #mayBeRefused(): void {
    if (this.#chance(this.troubles.refused)) throw new ProblemException('wrong-state')
  }

  /** The answer may come before the acquirer's. */
  #refundPart(id: string, returnId: string, amount: number): PaymentIntent {
    const payment = this.#payment(id)
    const { orderId } = payment
    const known = this.books.refunds.has(returnId)
    if (known && this.sabotage.refundsTwice !== true) return payment
    if (payment.state !== 'captured') throw new ProblemException('wrong-state')
    const asked = [...this.books.refunds.values()].filter((refund) => refund.orderId === orderId && refund.open)
    const left = asked.reduce((sum, refund) => sum - refund.amount, payment.captured.amount - payment.refunded.amount)
    if (amount > left) throw new ProblemException('refund-exceeds-captured')
    this.#mayBeRefused()
    this.books.refunds.set(returnId, { orderId, amount, open: true })
    return this.#chance(this.troubles.pending) ? payment : this.#bookRefund(returnId)
  }

  #bookRefund(returnId: string): PaymentIntent {
    const refund = this.books.refunds.get(returnId)!
    refund.open = false
    const payment = this.books.payments.get(refund.orderId)!
    const amount = payment.refunded.amount + refund.amount
    const state = amount === payment.captured.amount ? 'refunded' : 'captured'
    return this.#keep({ ...payment, state, refunded: { ...none, amount } }, `refund ${returnId}`)
  }

  #payment(id: string): PaymentIntent {
    return [...this.books.payments.values()].find((each) => each.id === id)!
  }

  #keep(payment: PaymentIntent, act: string): PaymentIntent {
    this.books.payments.set(payment.orderId, payment)
    this.#note(payment.orderId, act)
    return payment
  }

  #note(orderId: string, act: string): void {
    this.books.effects.set(orderId, [...(this.books.effects.get(orderId) ?? []), act])
  }

  #chance(share: number): boolean {
    return this.interleaving.random() < share
  }
}

/** A refusal is an answer, and travels back as one. */
function quietly<T>(effect: () => T): { value?: T; error?: ProblemException } {
  try {
    return { value: effect() }
  } catch (error) {
    if (error instanceof ProblemException) return { error }
    throw error
  }
}
