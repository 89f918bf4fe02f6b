/**
 * A saga's memory that ends with its replica: at a chosen write of a chosen order the driver is left hanging for ever, either before anything
 * is written (the effect elsewhere stands, and nobody knows) or just after. From then on the replica renews nothing and takes nothing up.
 */
import type { Checkout, Outcome } from '../checkout/checkout.ts'
import { CheckoutStore, type Recorded } from '../persistence/checkout-store.ts'
import type { Claim } from '../persistence/claim.ts'

export interface Crash {
  readonly when: 'before' | 'after'
  /** The how-manieth write of this order, from 0. */
  readonly write: number
}

export class CrashingCheckoutStore extends CheckoutStore {
  /** What becomes of an order, by its id. */
  planOf: (orderId: string) => Promise<Crash | null> = () => Promise.resolve(null)
  readonly crashed = new Set<string>()
  readonly #writes = new Map<string, number>()
  readonly #end = Promise.withResolvers<never>()

  /** Lets the replica's process be taken down at the end of the test. */
  bury(): void {
    this.#end.promise.catch(() => undefined)
    this.#end.reject(new Error('this replica was killed'))
  }

  override async claimDue(): Promise<Claim[]> {
    return Promise.resolve([])
  }

  override async renew(worker: string, orderIds: readonly string[]): Promise<void> {
    await super.renew(
      worker,
      orderIds.filter((id) => !this.crashed.has(id)),
    )
  }

  override async record(claim: Claim, before: Checkout, outcome: Outcome, random: () => number): Promise<Recorded> {
    const write = this.#writes.get(claim.orderId) ?? 0
    this.#writes.set(claim.orderId, write + 1)
    const plan = await this.planOf(claim.orderId)
    if (plan?.write !== write) return super.record(claim, before, outcome, random)
    if (plan.when === 'after') await super.record(claim, before, outcome, random)
    this.crashed.add(claim.orderId)
    return this.#end.promise
  }
}
