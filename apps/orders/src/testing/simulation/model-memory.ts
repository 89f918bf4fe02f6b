/**
 * The saga's memory (persistence/checkout-store.ts) for one run of a simulation: the same rules for claims, leases and fences, the same decisions, no database. Each
 * of its transactions happens at one instant; before and after it the replica may be killed.
 */
import type { OrderState } from '@meshmart/contracts'
import type { Actor, Interleaving } from '@meshmart/service-kit/testing'
import { advance } from '../../checkout/advance.ts'
import type { Checkout, Outcome } from '../../checkout/checkout.ts'
import type { CheckoutMemory } from '../../checkout/driver.ts'
import { firstStep } from '../../checkout/steps.ts'
import { assertTransition, canBeCancelled, initialOrderState } from '../../domain/order-state.ts'
import type { Recorded } from '../../persistence/checkout-store.ts'
import { LEASE_SECONDS, LeaseLost, type Claim } from '../../persistence/claim.ts'

interface Row {
  checkout: Checkout
  dueAt: number
  claimedBy: string | null
  leaseUntil: number
  fence: number
  finished: boolean
  readonly history: OrderState[]
  readonly events: string[]
}

export class ModelMemory {
  readonly rows = new Map<string, Row>()
  /** Wrong on purpose: what an attempt came to is written down without a look at what has happened since. */
  readonly #blind: boolean
  constructor(
    private readonly interleaving: Interleaving,
    { blind = false }: { blind?: boolean } = {},
  ) {
    this.#blind = blind
  }

  place(orderId: string, quantity: number): void {
    const checkout: Checkout = {
      orderId,
      state: initialOrderState,
      step: firstStep,
      attempts: 0,
      rejection: null,
      items: [{ sku: 'MUG', quantity }],
      total: { amount: 0, currency: 'EUR' },
      cardToken: 'tok',
      reservationId: null,
      paymentId: null,
    }
    const free = { dueAt: 0, claimedBy: null, leaseUntil: 0, fence: 0, finished: false }
    this.rows.set(orderId, { checkout, ...free, history: [initialOrderState], events: [] })
  }

  cancel(orderId: string): void {
    const row = this.rows.get(orderId)!
    if (!canBeCancelled(row.checkout.state)) return
    row.checkout = { ...row.checkout, state: 'cancelling', attempts: 0 }
    row.history.push('cancelling')
    Object.assign(row, { finished: false, dueAt: this.interleaving.now })
  }

  claimDue(worker: string): Claim | null {
    const { now } = this.interleaving
    for (const [orderId, row] of this.rows) {
      const free = row.claimedBy === null || row.leaseUntil <= now
      if (row.finished || row.dueAt > now || !free) continue
      Object.assign(row, { claimedBy: worker, fence: row.fence + 1, leaseUntil: now + LEASE_SECONDS * 1000 })
      return { orderId, fence: row.fence, worker, traceparent: null }
    }
    return null
  }

  renew(worker: string): void {
    const leaseUntil = this.interleaving.now + LEASE_SECONDS * 1000
    for (const row of this.rows.values()) if (row.claimedBy === worker) row.leaseUntil = leaseUntil
  }

  for(actor: Actor): CheckoutMemory {
    const atomically = async <T>(transaction: () => T): Promise<T> => {
      await this.interleaving.point(actor)
      const result = transaction()
      await this.interleaving.point(actor)
      return result
    }
    const load = (claim: Claim): Promise<Checkout> => atomically(() => this.#locked(claim).checkout)
    return {
      load,
      record: async (claim, before, outcome) => {
        for (let checkout = before; ; checkout = await load(claim)) {
          const recorded = await atomically(() => this.#record(claim, checkout, outcome))
          if (recorded !== null) return recorded
        }
      },
      release: (claim) => atomically(() => void Object.assign(this.#locked(claim), { claimedBy: null })),
    }
  }

  /** Null where nothing is written: the claim was lost, or the customer has cancelled since `before` was read. */
  #record(claim: Claim, before: Checkout, outcome: Outcome): Recorded | null {
    const row = this.rows.get(claim.orderId)!
    const unchanged = this.#holds(row, claim) && row.checkout.state === before.state
    if (!unchanged && !this.#blind) return null
    const { now, random } = this.interleaving
    const { decision, after } = advance(before, outcome, random)
    const { transition, finished, delayMs } = decision
    if (transition !== null) {
      assertTransition(before.state, transition.to)
      row.history.push(transition.to)
      if (transition.to === 'confirmed' || transition.to === 'cancelled') row.events.push(transition.to)
    }
    const free = finished || delayMs > 0
    const claimedBy = free ? null : row.claimedBy
    const leaseUntil = now + LEASE_SECONDS * 1000
    Object.assign(row, { checkout: after, finished, dueAt: now + delayMs, claimedBy, leaseUntil })
    return { checkout: after, dueInMs: finished ? null : delayMs }
  }

  #locked(claim: Claim): Row {
    const row = this.rows.get(claim.orderId)!
    if (!this.#holds(row, claim)) throw new LeaseLost(claim)
    return row
  }

  #holds(row: Row, claim: Claim): boolean {
    return row.fence === claim.fence && row.claimedBy === claim.worker
  }
}
