/**
 * Brings an operation to its outcome. Nothing is ever guessed: after a call without an answer the acquirer is asked what became of it, and only where it never
 * arrived is it made again, with the same key. Requests and the worker run the same steps, under a claim.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { CLOCK, type Clock, delayMs, Log, type Rhythm } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { Acquirer, AcquirerSilent } from '../acquirer/acquirer.ts'
import type { AcquirerAnswer } from '../domain/operations.ts'
import { PaymentIntents, type StoredIntent } from '../persistence/payment-intents.ts'
import { type Claim, type OperationState, PaymentOperations } from '../persistence/payment-operations.ts'
import { Bookkeeping } from './bookkeeping.ts'

const betweenTriesMs = 150
/** Before the acquirer is asked again. */
const again: Rhythm = { firstMs: 150, factor: 2, maxMs: 5_000 }

/** What became of an operation, and the payment after it. */
export interface Settled {
  readonly intent: StoredIntent
  readonly state: OperationState
}

@Injectable()
export class Settlement {
  constructor(
    private readonly acquirer: Acquirer,
    private readonly intents: PaymentIntents,
    private readonly operations: PaymentOperations,
    private readonly bookkeeping: Bookkeeping,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * Tries for `budgetMs`, at least once. The operation may still be open afterwards, and is then due for the worker. A budget of 2 s and
   * two calls of 1 s stay well within a claim's lease.
   * @param known the payment where the caller has just read it
   */
  async drive(claim: Claim, known: StoredIntent | null, budgetMs: number): Promise<Settled> {
    const until = performance.now() + budgetMs
    const intent = known ?? (await this.intents.find(claim.paymentId))
    if (!intent) throw new Error(`operation ${claim.id} is of a payment that does not exist`)
    for (let { attempts } = claim; ; attempts++) {
      const answer = await this.#ask(intent, { ...claim, attempts })
      if (answer) return this.bookkeeping.record({ ...claim, attempts }, intent, answer, this.clock.now())
      if (performance.now() + betweenTriesMs >= until) {
        await this.operations.postpone(claim, attempts + 1, delayMs(again, attempts + 1, Math.random))
        return { intent, state: 'open' }
      }
      await sleep(betweenTriesMs)
    }
  }

  /** Waits until whoever works on the operation has ended it, for `budgetMs` at most. */
  async untilClosed(operationId: string, budgetMs: number): Promise<OperationState> {
    const until = performance.now() + budgetMs
    for (;;) {
      const state = await this.operations.stateOf(operationId)
      if (state !== 'open' || performance.now() + betweenTriesMs >= until) return state
      await sleep(betweenTriesMs)
    }
  }

  async #ask(intent: StoredIntent, claim: Claim): Promise<AcquirerAnswer | null> {
    try {
      return await this.#answer(intent, claim)
    } catch (error) {
      if (!(error instanceof AcquirerSilent)) throw error
      const { id: operation, kind, paymentId } = claim
      this.log.warn('the acquirer gave no answer; its outcome is asked for', { operation, kind, paymentId, error })
      return null
    }
  }

  /** The first call of a claim that was never tried needs no question before it: nobody can have made it. */
  async #answer(
    intent: StoredIntent,
    { id: key, kind, amount, attempts, fence }: Claim,
  ): Promise<AcquirerAnswer | null> {
    const mayHaveArrived = attempts > 0 || fence > 1
    if (kind === 'inquire') {
      const charge = await this.acquirer.findCharge(intent.id)
      return charge && { of: kind, charge }
    }
    if (kind === 'authorise') {
      const known = mayHaveArrived ? await this.acquirer.findCharge(key) : null
      const charge = known ?? (await this.acquirer.authorise({ key, token: intent.token, amount: intent.amount }))
      return { of: kind, charge }
    }
    const known = mayHaveArrived ? await this.acquirer.findOperation(key) : null
    const money = { amount, currency: intent.amount.currency }
    const operation = known ?? (await this.acquirer.operate({ key, charge: intent.id, kind, amount: money }))
    return { of: kind, operation }
  }
}
