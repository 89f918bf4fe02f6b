/** Payment intents as rows, and the one way by which they change: with their history, their operation and their posting in one transaction. */
import type { DeclineReason, PaymentIntent } from '@meshmart/contracts'
import { currentRequest } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import type { Standing } from '../domain/operations.ts'
import { firstState } from '../domain/payment-states.ts'
import { type PaymentIntent as Row, type Prisma, PrismaClient } from '../generated/prisma/client.ts'

/** The intent with what only payments knows of it. */
export interface StoredIntent extends PaymentIntent {
  readonly token: string
  readonly refunding: number
  /** Of the request that asked for the payment; what happens later in the background joins its trace. */
  readonly traceparent: string | null
}

export type NewIntent = Pick<StoredIntent, 'id' | 'orderId' | 'amount' | 'token'>

@Injectable()
export class PaymentIntents {
  constructor(private readonly prisma: PrismaClient) {}

  async create(tx: Prisma.TransactionClient, intent: NewIntent, now: Date): Promise<void> {
    const { amount, ...rest } = intent
    await tx.paymentIntent.create({
      data: {
        ...rest,
        amount: amount.amount,
        currency: amount.currency,
        state: firstState,
        traceparent: currentRequest()?.traceparent ?? null,
        createdAt: now,
        updatedAt: now,
        transitions: { create: { state: firstState, cause: 'requested', at: now } },
      },
    })
  }

  async find(id: string): Promise<StoredIntent | null> {
    const row = await this.prisma.paymentIntent.findUnique({ where: { id } })
    return row && toIntent(row)
  }

  /** As it stands, and as it stays until the transaction ends. */
  async lock(tx: Prisma.TransactionClient, id: string): Promise<StoredIntent | null> {
    await tx.$queryRaw`SELECT FROM payment_intent WHERE id = ${id}::uuid FOR UPDATE`
    const row = await tx.paymentIntent.findUnique({ where: { id } })
    return row && toIntent(row)
  }
}

export const standingOf = ({ state, amount, captured, refunded, refunding }: StoredIntent): Standing => ({
  state,
  amount: amount.amount,
  captured: captured.amount,
  refunded: refunded.amount,
  refunding,
})

function toIntent(row: Row): StoredIntent {
  const money = (amount: bigint) => ({ amount: Number(amount), currency: row.currency })
  return {
    id: row.id,
    orderId: row.orderId,
    amount: money(row.amount),
    captured: money(row.capturedAmount),
    refunded: money(row.refundedAmount),
    refunding: Number(row.refundingAmount),
    state: row.state,
    // The only writer takes a DeclineReason.
    declineReason: row.declineReason as DeclineReason | null,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    token: row.token,
    traceparent: row.traceparent,
  }
}
