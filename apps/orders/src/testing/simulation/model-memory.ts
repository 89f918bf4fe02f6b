/**
 * The saga's memory (persistence/checkout-store.ts) for one run of a simulation: the same rules for claims, leases and fences, the same decisions, no database. Each
 * of its transactions happens at one instant; before and after it the replica may be killed.
 */
import type { Money, OrderState, ReturnState } from '@meshmart/contracts'
import type { Actor, Interleaving } from '@meshmart/service-kit/testing'
import { advance } from '../../checkout/advance.ts'
import type { Checkout, Outcome } from '../../checkout/checkout.ts'
import type { CheckoutMemory } from '../../checkout/driver.ts'
import { decideReturn, type ReturnOutcome } from '../../checkout/return-steps.ts'
import { firstStep } from '../../checkout/steps.ts'
import { assertTransition, canBeCancelled, initialOrderState } from '../../domain/order-state.ts'
import { afterReturn, returnable, type OpenReturn } from '../../domain/returns.ts'
import type { Recorded } from '../../persistence/checkout-store.ts'
import { LEASE_SECONDS, LeaseLost, type Claim } from '../../persistence/claim.ts'

type ModelReturn = Omit<OpenReturn, 'state'> & { state: ReturnState; attempts: number }

interface Row {
  /** Without its open return, which is the first one of `returns` that is not at its end. */
  checkout: Checkout
  /** Pieces that were bought; what is still wanted of them stands in the checkout. */
  readonly bought: number
  /** By the customer's key. */
  readonly returns: Map<string, ModelReturn>
  dueAt: number
  claimedBy: string | null
  leaseUntil: number
  fence: number
  finished: boolean
  readonly history: OrderState[]
  readonly events: string[]
}

/** What ended an order is told to whoever looks at what happens after it. */
type OnEnd = (orderId: string) => void

export class ModelMemory {
  readonly rows = new Map<string, Row>()
  /** Attempts that left an order to staff. */
  stuck = 0
  /** Wrong on purpose: what an attempt came to is written down without a look at what has happened since. */
  readonly #blind: boolean
  constructor(
    private readonly interleaving: Interleaving,
    private readonly onEnd: OnEnd,
    { blind = false }: { blind?: boolean } = {},
  ) {
    this.#blind = blind
  }

  place(orderId: string, quantity: number, agreed: Money | null): void {
    const checkout: Checkout = {
      orderId,
      state: initialOrderState,
      step: firstStep,
      attempts: 0,
      rejection: null,
      items: [{ sku: 'MUG', quantity }],
      total: { amount: 0, currency: 'EUR' },
      agreed,
      cardToken: 'tok',
      reservationId: null,
      paymentId: null,
      returning: null,
    }
    const returns = { bought: quantity, returns: new Map<string, ModelReturn>() }
    const free = { dueAt: 0, claimedBy: null, leaseUntil: 0, fence: 0, finished: false }
    this.rows.set(orderId, { checkout, ...returns, ...free, history: [initialOrderState], events: [] })
  }

  cancel(orderId: string): void {
    const row = this.rows.get(orderId)!
    if (!canBeCancelled(row.checkout.state)) return
    row.checkout = { ...row.checkout, state: 'cancelling', attempts: 0 }
    row.history.push('cancelling')
    Object.assign(row, { finished: false, dueAt: this.interleaving.now })
  }

  /** As `persistence/return-store.ts`: once for each key, and only of what is still wanted of a confirmed order. */
  giveBack(orderId: string, key: string, quantity: number, unitPrice: Money): boolean {
    const row = this.rows.get(orderId)!
    if (row.returns.has(key)) return true
    const { checkout } = row
    if (checkout.state !== 'confirmed') return false
    const [item] = checkout.items
    const line = { sku: 'MUG', quantity: row.bought, unitPrice, returned: row.bought - (item?.quantity ?? 0) }
    const answer = returnable([{ sku: 'MUG', quantity }], [line])
    if (answer.kind === 'refused') return false
    const refunds = [...row.returns.values()].reduce((sum, each) => sum + each.refund.amount, answer.refund.amount)
    row.returns.set(key, {
      id: `${orderId} ${key}`,
      state: 'refunding',
      attempts: 0,
      lines: [{ sku: 'MUG', quantity }],
      refund: answer.refund,
      refundedAfter: refunds,
    })
    const left = item!.quantity - quantity
    const total = { ...checkout.total, amount: checkout.total.amount - answer.refund.amount }
    row.checkout = { ...checkout, items: left === 0 ? [] : [{ sku: 'MUG', quantity: left }], total }
    Object.assign(row, { finished: false, dueAt: this.interleaving.now })
    return true
  }

  /** As `persistence/staff-actions.ts`. */
  retry(orderId: string): void {
    this.rows.get(orderId)!.dueAt = this.interleaving.now
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
    const load = (claim: Claim): Promise<Checkout> => atomically(() => seen(this.#locked(claim)))
    return {
      load,
      record: async (claim, before, outcome) => {
        for (let checkout = before; ; checkout = await load(claim)) {
          const recorded = await atomically(() => this.#record(claim, checkout, outcome))
          if (recorded !== null) return recorded
        }
      },
      recordReturn: (claim, before, outcome) => atomically(() => this.#recordReturn(claim, before, outcome)),
      release: (claim) => atomically(() => void Object.assign(this.#locked(claim), { claimedBy: null })),
    }
  }

  /** Null where nothing is written: the claim was lost, or the customer has cancelled since `before` was read. */
  #record(claim: Claim, before: Checkout, outcome: Outcome): Recorded | null {
    const row = this.rows.get(claim.orderId)!
    const unchanged = this.#holds(row, claim) && row.checkout.state === before.state
    if (!unchanged && !this.#blind) return null
    if (outcome.kind === 'stuck') this.stuck++
    const { now, random } = this.interleaving
    const { decision, after } = advance(before, outcome, random)
    const { transition, finished, delayMs } = decision
    if (transition !== null) {
      assertTransition(before.state, transition.to)
      row.history.push(transition.to)
      if (transition.to === 'confirmed' || transition.to === 'cancelled') row.events.push(transition.to)
      if (transition.to === 'rejected' || transition.to === 'cancelled') this.onEnd(claim.orderId)
    }
    const free = finished || delayMs > 0
    const claimedBy = free ? null : row.claimedBy
    const leaseUntil = now + LEASE_SECONDS * 1000
    Object.assign(row, { checkout: after, finished, dueAt: now + delayMs, claimedBy, leaseUntil })
    return { checkout: after, dueInMs: finished ? null : delayMs }
  }

  /** As `persistence/return-record.ts`. */
  #recordReturn(claim: Claim, { returning }: Checkout, outcome: ReturnOutcome): Recorded {
    const row = this.#locked(claim)
    if (outcome.kind === 'stuck') this.stuck++
    const { now, random } = this.interleaving
    const { state, attempts, delayMs } = decideReturn(returning!, outcome, random)
    Object.assign(
      [...row.returns.values()].find(({ id }) => id === returning!.id)!,
      { state, attempts },
    )
    if (state === 'returned') row.events.push(`returned ${returning!.id}`)
    const { state: from, items } = row.checkout
    const { to, finished } = afterReturn({ state: from, open: seen(row).returning !== null, keeps: items.length > 0 })
    if (to !== null) {
      assertTransition(from, to)
      row.checkout = { ...row.checkout, state: to }
      row.history.push(to)
      row.events.push(to)
      this.onEnd(claim.orderId)
    }
    const claimedBy = finished || delayMs > 0 ? null : row.claimedBy
    Object.assign(row, { finished, dueAt: now + delayMs, claimedBy, leaseUntil: now + LEASE_SECONDS * 1000 })
    return { checkout: seen(row), dueInMs: finished ? null : delayMs }
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

/** The checkout as it is loaded. */
function seen({ checkout, returns }: Row): Checkout {
  const open = [...returns.values()].find(({ state }) => state !== 'returned')
  return { ...checkout, returning: open === undefined ? null : (open as OpenReturn) }
}
