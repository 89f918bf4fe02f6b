/** Payment intents as rows. What changes one stands in record-statement.ts. */
import type { DeclineReason, PaymentIntent, PaymentState } from '@meshmart/contracts'
import { currentRequest, Database, type Queryable, type Sql, sql, type Transaction } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import type { Standing } from '../domain/operations.ts'
import { firstState } from '../domain/payment-states.ts'
import { type Claim, LEASE_SECONDS } from './payment-operations.ts'

/** The intent with what only payments knows of it. */
export interface StoredIntent extends PaymentIntent {
  readonly token: string
  readonly refunding: number
  /** Of the request that asked for the payment; what happens later in the background joins its trace. */
  readonly traceparent: string | null
}

export type NewIntent = Pick<StoredIntent, 'id' | 'orderId' | 'amount' | 'token'>

/** What SQL answers for an intent. */
interface IntentRow {
  readonly id: string
  readonly orderId: string
  readonly amount: bigint
  readonly captured: bigint
  readonly refunded: bigint
  readonly refunding: bigint
  readonly currency: PaymentIntent['amount']['currency']
  readonly state: PaymentState
  readonly declineReason: DeclineReason | null
  readonly expiresAt: Date | null
  readonly token: string
  readonly traceparent: string | null
}

/** An intent as it stands, and the claim on the operation that was just opened on it. */
export interface Opened {
  readonly intent: StoredIntent
  readonly claim: Claim
}

@Injectable()
export class PaymentIntents {
  constructor(private readonly database: Database) {}

  /**
   * The intent, its history and its authorisation, claimed by `worker`, by one statement. Authorisation and payment have one id: it is the acquirer's reference
   * of the charge. Answers null where the token is none that the acquirer gave us; nothing is written then.
   */
  async open(
    tx: Transaction,
    { id, orderId, amount, token }: NewIntent,
    worker: string,
    now: Date,
  ): Promise<Opened | null> {
    const traceparent = currentRequest()?.traceparent ?? null
    const at = now.toISOString()
    const written = await tx.execute`
      WITH intent AS (
        INSERT INTO payment_intent (id, order_id, amount, currency, token, state, traceparent, created_at, updated_at)
        SELECT ${id}::uuid, ${orderId}::uuid, ${amount.amount}::bigint, ${amount.currency}, token, ${firstState}::payment_state, ${traceparent},
               ${at}::timestamptz, ${at}::timestamptz
        FROM known_token WHERE token = ${token} RETURNING id, amount, traceparent
      ), history AS (
        INSERT INTO payment_transition (intent_id, state, cause, at)
        SELECT id, ${firstState}::payment_state, 'requested', ${at}::timestamptz FROM intent
      )
      INSERT INTO payment_operation (id, payment_id, kind, amount, state, traceparent, claimed_by, lease_until, fence)
      SELECT id, id, 'authorise', amount, 'open', traceparent, ${worker}, clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}::float8), 1
      FROM intent`
    if (written === 0) return null
    const none = { amount: 0, currency: amount.currency }
    const intent: StoredIntent = {
      id,
      orderId,
      amount,
      token,
      traceparent,
      state: firstState,
      captured: none,
      refunded: none,
      refunding: 0,
      declineReason: null,
      expiresAt: null,
    }
    const claim = {
      id,
      paymentId: id,
      kind: 'authorise',
      amount: amount.amount,
      attempts: 0,
      fence: 1,
      traceparent,
    } as const
    return { intent, claim }
  }

  /** A refund of `amount` minor units is under way. The database refuses more than was captured. */
  async reserveRefund(tx: Transaction, id: string, amount: number): Promise<void> {
    await tx.execute`
      UPDATE payment_intent SET refunding_amount = refunding_amount + ${amount}::bigint WHERE id = ${id}::uuid`
  }

  find(id: string): Promise<StoredIntent | null> {
    return select(this.database, sql`id = ${id}::uuid`)
  }

  /** As it stands, and as it stays until the transaction ends. */
  lock(tx: Transaction, id: string): Promise<StoredIntent | null> {
    return select(tx, sql`id = ${id}::uuid FOR UPDATE`)
  }
}

export const standingOf = ({ state, amount, captured, refunded, refunding }: StoredIntent): Standing => ({
  state,
  amount: amount.amount,
  captured: captured.amount,
  refunded: refunded.amount,
  refunding,
})

async function select(database: Queryable, which: Sql): Promise<StoredIntent | null> {
  const [row] = await database.query<IntentRow>`
    SELECT id::text, order_id::text AS "orderId", amount, captured_amount AS captured, refunded_amount AS refunded, refunding_amount AS refunding,
           currency::text, state::text, decline_reason AS "declineReason", expires_at AS "expiresAt", token, traceparent
    FROM payment_intent WHERE ${which}`
  if (row === undefined) return null
  const { currency, amount, captured, refunded, refunding, expiresAt, ...rest } = row
  const money = (minor: bigint) => ({ amount: Number(minor), currency })
  return {
    ...rest,
    amount: money(amount),
    captured: money(captured),
    refunded: money(refunded),
    refunding: Number(refunding),
    expiresAt: expiresAt?.toISOString() ?? null,
  }
}
