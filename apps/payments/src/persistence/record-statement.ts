/**
 * What an answer of the acquirer comes to, written by ONE statement: payment, history, operation and ledger. It locks the payment and looks at it again under the
 * lock, so that where somebody else has moved it, or has the operation, it writes nothing and answers no row.
 */
import { type Sql, sql } from '@meshmart/service-kit'
import { randomUUID } from 'node:crypto'
import type { Effect } from '../domain/operations.ts'
import { postingsOf } from '../ledger/postings.ts'
import type { StoredIntent } from './payment-intents.ts'
import type { Claim } from './payment-operations.ts'

/**
 * @param before the payment as the effect was decided on
 * @param after the payment as it shall be
 */
export function recordStatement(
  claim: Claim,
  before: StoredIntent,
  after: StoredIntent,
  { outcome, action, moved }: Effect,
  now: Date,
): Sql {
  const at = now.toISOString()
  const cause = after.declineReason ?? (action === claim.kind ? action : 'acquirer')
  const postings =
    moved === null ? [] : postingsOf(moved.kind, { amount: moved.amount, currency: after.amount.currency })
  return sql`
    WITH held AS (
      SELECT id FROM payment_intent
      WHERE id = ${before.id}::uuid AND state = ${before.state}::payment_state AND captured_amount = ${before.captured.amount}::bigint
        AND refunded_amount = ${before.refunded.amount}::bigint AND refunding_amount = ${before.refunding}::bigint
      FOR UPDATE
    ), closed AS (
      UPDATE payment_operation SET state = ${outcome}, attempts = ${claim.attempts + 1}, claimed_by = NULL, lease_until = NULL,
             ended_at = clock_timestamp()
      FROM held WHERE payment_operation.id = ${claim.id}::uuid AND payment_operation.payment_id = held.id
        AND payment_operation.fence = ${claim.fence} AND payment_operation.state = 'open'
      RETURNING payment_operation.payment_id
    ), changed AS (
      UPDATE payment_intent SET state = ${after.state}::payment_state, decline_reason = ${after.declineReason},
        captured_amount = ${after.captured.amount}::bigint, refunded_amount = ${after.refunded.amount}::bigint,
        refunding_amount = ${after.refunding}::bigint, expires_at = ${after.expiresAt}::timestamptz, updated_at = ${at}::timestamptz
      FROM closed WHERE payment_intent.id = closed.payment_id RETURNING payment_intent.id, payment_intent.currency
    ), history AS (
      INSERT INTO payment_transition (intent_id, state, cause, at)
      SELECT id, ${after.state}::payment_state, ${cause}, ${at}::timestamptz FROM changed WHERE ${action !== null}::boolean
    ), posted AS (
      INSERT INTO ledger_transaction (id, payment_id, operation_id, kind, posted_at)
      SELECT ${randomUUID()}::uuid, id, ${claim.id}::uuid, ${moved?.kind ?? ''}, ${at}::timestamptz FROM changed WHERE ${moved !== null}::boolean
      RETURNING id
    ), entered AS (
      INSERT INTO ledger_entry (transaction_id, account, amount, currency)
      SELECT posted.id, entry.account, entry.amount, changed.currency
      FROM posted, changed, unnest(${postings.map(({ account }) => account)}::text[], ${postings.map(({ amount }) => amount)}::bigint[])
           AS entry(account, amount)
    )
    SELECT id::text FROM changed`
}
