/** Writes down what the acquirer has answered: payment, history, operation, ledger and event at once, and once. */
import { Database, Log, Outbox, type Queryable } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { type AcquirerAnswer, type Effect, effectOf } from '../domain/operations.ts'
import { nextState } from '../domain/payment-states.ts'
import { PaymentIntents, standingOf, type StoredIntent } from '../persistence/payment-intents.ts'
import { type Claim, PaymentOperations } from '../persistence/payment-operations.ts'
import { recordStatement } from '../persistence/record-statement.ts'
import type { Settled } from './settlement.ts'

@Injectable()
export class Bookkeeping {
  constructor(
    private readonly database: Database,
    private readonly intents: PaymentIntents,
    private readonly operations: PaymentOperations,
    private readonly outbox: Outbox,
    private readonly log: Log,
  ) {}

  /**
   * `known` is the payment as it was read last; where something has moved it since, the answer is judged anew. Where the claim
   * was lost meanwhile nothing is written: another replica has the operation, and the acquirer gives it the same answer.
   */
  async record(claim: Claim, known: StoredIntent, answer: AcquirerAnswer, now: Date): Promise<Settled> {
    for (let before = known; ;) {
      const effect = effectOf(standingOf(before), claim.amount, answer)
      const after = changed(before, effect, answer)
      if (after !== null && (await this.#write(claim, before, after, effect, now))) {
        return { intent: after, state: effect.outcome }
      }
      if (!(await this.operations.isHeld(claim))) {
        this.log.warn('another replica has taken an operation over', { operation: claim.id, kind: claim.kind })
        return { intent: await this.#read(claim), state: await this.operations.stateOf(claim.id) }
      }
      if (after === null) throw new Error(`payment ${before.id} is ${before.state} and cannot ${effect.action}`)
      before = await this.#read(claim)
    }
  }

  async #write(claim: Claim, before: StoredIntent, after: StoredIntent, effect: Effect, now: Date): Promise<boolean> {
    const statement = recordStatement(claim, before, after, effect, now)
    const write = async (database: Queryable) => (await database.query<unknown>(statement)).length > 0
    if (effect.action !== 'expire') return write(this.database)
    return this.database.transaction(async (tx) => {
      const written = await write(tx)
      const data = { paymentId: after.id, orderId: after.orderId, amount: after.amount }
      if (written) await this.outbox.append(tx, { type: 'payment.expired', subject: after.orderId, data })
      return written
    })
  }

  async #read({ id, paymentId }: Claim): Promise<StoredIntent> {
    const intent = await this.intents.find(paymentId)
    if (!intent) throw new Error(`operation ${id} is of a payment that does not exist`)
    return intent
  }
}

/** Null where the payment is in a state that the answer cannot follow. */
function changed(before: StoredIntent, effect: Effect, answer: AcquirerAnswer): StoredIntent | null {
  const { action, captured, refunded, refunding } = effect
  const state = action === null ? before.state : nextState(before.state, action)
  if (state === undefined) return null
  const money = (amount: number) => ({ amount, currency: before.amount.currency })
  return {
    ...before,
    state,
    declineReason: effect.declineReason ?? before.declineReason,
    captured: money(captured),
    refunded: money(refunded),
    refunding,
    expiresAt: answer.of === 'authorise' ? answer.charge.expiresAt : before.expiresAt,
  }
}
