/** Writes down what the acquirer has answered: payment, history, operation, ledger and event in one transaction, once. */
import { Log, Outbox } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { type AcquirerAnswer, effectOf } from '../domain/operations.ts'
import { nextState } from '../domain/payment-states.ts'
import { PrismaClient } from '../generated/prisma/client.ts'
import { Ledger } from '../ledger/ledger.ts'
import { PaymentIntents, standingOf } from '../persistence/payment-intents.ts'
import { type Claim, PaymentOperations } from '../persistence/payment-operations.ts'

@Injectable()
export class Bookkeeping {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly intents: PaymentIntents,
    private readonly operations: PaymentOperations,
    private readonly ledger: Ledger,
    private readonly outbox: Outbox,
    private readonly log: Log,
  ) {}

  /** Where the claim was lost meanwhile nothing is written: another replica has the operation, and the acquirer gives it the same answer. */
  async record(claim: Claim, answer: AcquirerAnswer, now: Date): Promise<void> {
    await this.prisma.$transaction(async (tx) => {
      const intent = await this.intents.lock(tx, claim.paymentId)
      if (!intent) throw new Error(`operation ${claim.id} is of a payment that does not exist`)
      const effect = effectOf(standingOf(intent), claim.amount, answer)
      if (!(await this.operations.close(tx, claim, effect.outcome))) {
        this.log.warn('another replica has taken an operation over', { operation: claim.id, kind: claim.kind })
        return
      }
      const { action, declineReason, captured, refunded, refunding, moved } = effect
      const state = action === null ? intent.state : nextState(intent.state, action)
      if (!state) throw new Error(`payment ${intent.id} is ${intent.state} and cannot ${action}`)
      const expiresAt = answer.of === 'authorise' ? answer.charge.expiresAt : intent.expiresAt
      await tx.paymentIntent.update({
        where: { id: intent.id },
        data: {
          state,
          declineReason: declineReason ?? intent.declineReason,
          capturedAmount: captured,
          refundedAmount: refunded,
          refundingAmount: refunding,
          expiresAt,
          updatedAt: now,
        },
      })
      if (action !== null) {
        const cause = declineReason ?? (action === claim.kind ? action : 'acquirer')
        await tx.paymentTransition.create({ data: { intentId: intent.id, state, cause, at: now } })
      }
      if (action === 'expire') {
        const data = { paymentId: intent.id, orderId: intent.orderId, amount: intent.amount }
        await this.outbox.append(tx, { type: 'payment.expired', subject: intent.orderId, data })
      }
      if (moved) {
        const amount = { amount: moved.amount, currency: intent.amount.currency }
        await this.ledger.post(tx, { kind: moved.kind, paymentId: intent.id, operationId: claim.id, amount })
      }
    })
  }
}
