/** Drives one checkout as far as it goes now: attempt, write down, next. Between the two a replica may die; what comes then starts at the attempt. */
import { Log, ProblemException } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { isUndoing } from '../domain/order-state.ts'
import type { OpenReturn } from '../domain/returns.ts'
import { CheckoutStore } from '../persistence/checkout-store.ts'
import type { Claim } from '../persistence/claim.ts'
import type { Checkout, Outcome } from './checkout.ts'
import { Partners } from './partners.ts'
import { returnStepFrom, type ReturnOutcome } from './return-steps.ts'
import { stepNamed, stepsToUndo } from './steps.ts'

/** What the driver needs of the saga's memory. */
export type CheckoutMemory = Pick<CheckoutStore, 'load' | 'record' | 'recordReturn' | 'release'>

@Injectable()
export class CheckoutDriver {
  constructor(
    @Inject(CheckoutStore) private readonly checkouts: CheckoutMemory,
    private readonly partners: Partners,
    @Inject(Log) private readonly log: Pick<Log, 'warn'>,
  ) {}

  /**
   * Answers after how many milliseconds the checkout is due again, or null where it needs nothing more. Gives the claim back between two steps
   * when `signal` aborts. `known` is the checkout where the caller has just placed it. Throws LeaseLost.
   */
  async drive(claim: Claim, known: Checkout | null, signal: AbortSignal): Promise<number | null> {
    let checkout = known ?? (await this.checkouts.load(claim))
    while (!signal.aborted) {
      const { returning } = checkout
      const recorded =
        returning === null
          ? await this.checkouts.record(claim, checkout, await this.#attempt(checkout), Math.random)
          : await this.checkouts.recordReturn(
              claim,
              checkout,
              await this.#attemptReturn(checkout, returning),
              Math.random,
            )
      if (recorded.dueInMs !== 0) return recorded.dueInMs
      checkout = recorded.checkout
    }
    await this.checkouts.release(claim)
    return null
  }

  async #attempt(checkout: Checkout): Promise<Outcome> {
    const { orderId, state, step, attempts } = checkout
    try {
      if (isUndoing(state)) return await this.#undo(checkout)
      if (step === null) throw new Error(`order ${orderId} is ${state}, and no step is due`)
      const { perform, timeoutMs } = stepNamed(step)
      return await perform(this.partners, checkout, timeoutMs)
    } catch (error) {
      return this.#unknown(error, { orderId, state, step, attempts })
    }
  }

  async #attemptReturn(checkout: Checkout, returning: OpenReturn): Promise<ReturnOutcome> {
    const { id, state, attempts } = returning
    const { perform, timeoutMs } = returnStepFrom(state)
    try {
      return await perform(this.partners, checkout, returning, timeoutMs)
    } catch (error) {
      return this.#unknown(error, { orderId: checkout.orderId, return: id, state, attempts })
    }
  }

  #unknown(error: unknown, where: object): { kind: 'failed'; reason: string } {
    const reason = error instanceof ProblemException ? error.message : String(error)
    this.log.warn('a step has an unknown outcome and is repeated', { ...where, reason, error })
    return { kind: 'failed', reason }
  }

  async #undo(checkout: Checkout): Promise<Outcome> {
    for (const { compensate, timeoutMs } of stepsToUndo(checkout.step)) {
      const outcome = await compensate(this.partners, checkout, timeoutMs)
      if (outcome.kind !== 'undone') return outcome
    }
    return { kind: 'undone' }
  }
}
