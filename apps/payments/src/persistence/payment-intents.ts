/** Payment intents as rows. A change of state is one conditional update with its history row: of two that race, one wins and the other sees that it lost. */
import type { DeclineReason, PaymentIntent, PaymentState } from '@meshmart/contracts'
import { CLOCK, type Clock, currentRequest } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { type PaymentAction, firstState, nextState } from '../domain/payment-states.ts'
import { type PaymentIntent as Row, type Prisma, PrismaClient } from '../generated/prisma/client.ts'

/** The intent with what only payments knows of it. */
export interface StoredIntent extends PaymentIntent {
  readonly token: string
  /** Of the request that asked for the payment; what happens later in the background joins its trace. */
  readonly traceparent: string | null
}

export type NewIntent = Pick<StoredIntent, 'id' | 'orderId' | 'amount' | 'token'>

@Injectable()
export class PaymentIntents {
  constructor(
    private readonly prisma: PrismaClient,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Writes a pending intent; reconciliation leaves it alone for `graceMs`, while the request that made it is on it. */
  async create(tx: Prisma.TransactionClient, intent: NewIntent, graceMs: number): Promise<void> {
    const now = this.clock.now()
    const { amount, ...rest } = intent
    await tx.paymentIntent.create({
      data: {
        ...rest,
        amount: amount.amount,
        currency: amount.currency,
        state: firstState,
        traceparent: currentRequest()?.traceparent ?? null,
        nextCheckAt: new Date(now.getTime() + graceMs),
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

  /** Takes the action where the present state allows it; answers whether this call did it. `also` joins the same transaction. */
  async act(
    intent: StoredIntent,
    action: PaymentAction,
    change: { readonly cause: string; readonly declineReason?: DeclineReason },
    also?: (tx: Prisma.TransactionClient) => Promise<void>,
  ): Promise<boolean> {
    const to = nextState(intent.state, action)
    if (!to) return false
    const now = this.clock.now()
    return this.prisma.$transaction(async (tx) => {
      const { count } = await tx.paymentIntent.updateMany({
        where: { id: intent.id, state: intent.state },
        data: { state: to, declineReason: change.declineReason ?? null, nextCheckAt: null, updatedAt: now },
      })
      if (count === 0) return false
      await tx.paymentTransition.create({ data: { intentId: intent.id, state: to, cause: change.cause, at: now } })
      await also?.(tx)
      return true
    })
  }

  /** Takes pending intents whose check is due, and puts their next check off, so that another replica leaves them alone meanwhile. */
  async claimDue(limit: number, nextCheckInMs: number): Promise<string[]> {
    const now = this.clock.now()
    const next = new Date(now.getTime() + nextCheckInMs)
    const rows = await this.prisma.$queryRaw<{ id: string }[]>`
      UPDATE "payment_intent" SET "next_check_at" = ${next}
      WHERE "id" IN (
        SELECT "id" FROM "payment_intent" WHERE "state" = 'pending' AND "next_check_at" <= ${now}
        ORDER BY "next_check_at" LIMIT ${limit} FOR UPDATE SKIP LOCKED
      ) RETURNING "id"`
    return rows.map((row) => row.id)
  }
}

function toIntent(row: Row): StoredIntent {
  return {
    id: row.id,
    orderId: row.orderId,
    amount: { amount: Number(row.amount), currency: row.currency },
    state: row.state satisfies PaymentState,
    // The only writer takes a DeclineReason.
    declineReason: row.declineReason as DeclineReason | null,
    token: row.token,
    traceparent: row.traceparent,
  }
}
