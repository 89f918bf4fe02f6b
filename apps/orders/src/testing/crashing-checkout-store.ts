/**
 * A saga's memory that ends with its replica: at a chosen write of a chosen order the driver gets no further, either before anything is written (the
 * effect elsewhere stands, and nobody knows) or just after. From then on the replica renews nothing of it, and it never takes anything up.
 */
import type { Checkout, Outcome } from '../checkout/checkout.ts'
import type { ReturnOutcome } from '../checkout/return-steps.ts'
import { CheckoutStore, type Recorded } from '../persistence/checkout-store.ts'
import type { Claim, LateClaim } from '../persistence/claim.ts'

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

  override async claimDue(): Promise<LateClaim[]> {
    return Promise.resolve([])
  }

  override async renew(worker: string, orderIds: readonly string[]): Promise<void> {
    await super.renew(
      worker,
      orderIds.filter((id) => !this.crashed.has(id)),
    )
  }

  override record(claim: Claim, before: Checkout, outcome: Outcome, random: () => number): Promise<Recorded> {
    return this.#write(claim, () => super.record(claim, before, outcome, random))
  }

  override recordReturn(
    claim: Claim,
    before: Checkout,
    outcome: ReturnOutcome,
    random: () => number,
  ): Promise<Recorded> {
    return this.#write(claim, () => super.recordReturn(claim, before, outcome, random))
  }

  async #write({ orderId }: Claim, written: () => Promise<Recorded>): Promise<Recorded> {
    const write = this.#writes.get(orderId) ?? 0
    this.#writes.set(orderId, write + 1)
    const plan = await this.planOf(orderId)
    if (plan?.write !== write) return written()
    if (plan.when === 'after') await written()
    this.crashed.add(orderId)
    throw new Error('this replica was killed')
  }
}
