/**
 * What an attempt came to, written by ONE statement: the saga, the order, its prices and its history. One statement is one transaction and one way to the
 * database instead of six. It locks order and checkout first and looks at them again under the lock, so that a claim that was lost or a customer who changed
 * their mind meanwhile makes it write nothing and answer no row.
 */
import { empty, sql, type Sql } from '@meshmart/service-kit'
import type { Checkout, Facts, Outcome } from '../checkout/checkout.ts'
import type { Decision } from '../checkout/decide.ts'
import { isTold } from '../events/order-events.ts'
import { assertTransition } from '../domain/order-state.ts'
import { totalOf } from '../domain/lines.ts'
import { LEASE_SECONDS, type Claim } from './claim.ts'
import { unsettledAttempt } from './unsettled-attempt.ts'

/** Throws IllegalTransition. */
export function recordStatement(claim: Claim, before: Checkout, outcome: Outcome, decision: Decision): Sql {
  const { transition } = decision
  if (transition !== null) assertTransition(before.state, transition.to)
  const facts: Facts = 'facts' in outcome ? outcome.facts : {}
  const refused = outcome.kind === 'refused' && transition?.to === 'rejecting' ? outcome : null
  const blamed = refused?.fields.map(({ field, code }) => ({ field, code })) ?? null
  const lines = facts.lines ?? []
  const total = facts.lines === undefined ? null : totalOf(lines)
  const free = decision.finished || decision.delayMs > 0
  // An order ends as cancelled for the reason that turned it round, whoever gave it.
  const cause =
    transition?.to === 'cancelled'
      ? sql`(SELECT t.cause FROM order_transition t WHERE t.order_id = id AND t.state = 'cancelling' ORDER BY t.sequence LIMIT 1)`
      : sql`${transition?.cause ?? ''}`
  const unsettled = unsettledAttempt(sql`held`, before, outcome)
  // What a partner has done is found out again by asking again: should PostgreSQL die and forget this, the step is repeated, as after the death of a replica. Only
  // what somebody is told waits for the disk, and takes everything before it along.
  const waits = decision.finished || (transition !== null && isTold(transition))
  const hurries = waits ? empty : sql`, set_config('synchronous_commit', 'off', true)`
  return sql`
    WITH held AS (
      SELECT o.id, o.customer_id, o.email FROM orders o JOIN checkout c ON c.order_id = o.id
      WHERE o.id = ${claim.orderId}::uuid AND o.state = ${before.state} AND c.fence = ${claim.fence} AND c.claimed_by = ${claim.worker}
      FOR UPDATE OF o, c
    ), saga AS (
      UPDATE checkout SET step = ${decision.step}, attempts = ${decision.attempts},
        reservation_id = coalesce(${facts.reservationId ?? null}::uuid, reservation_id),
        payment_id = coalesce(${facts.paymentId ?? null}::uuid, payment_id),
        due_at = clock_timestamp() + make_interval(secs => ${decision.delayMs / 1000}::float8),
        claimed_by = CASE WHEN ${free}::boolean THEN NULL ELSE claimed_by END,
        lease_until = CASE WHEN ${free}::boolean THEN NULL
                           ELSE clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}::float8) END,
        finished_at = CASE WHEN ${decision.finished}::boolean THEN clock_timestamp() END
      FROM held WHERE checkout.order_id = held.id
    ), priced AS (
      UPDATE order_line SET name_en = priced.en, name_zh = priced.zh, unit_amount = priced.amount
      FROM held, unnest(${lines.map(({ sku }) => sku)}::text[], ${lines.map(({ name }) => name.en)}::text[],
                        ${lines.map(({ name }) => name['zh-CN'])}::text[], ${lines.map(({ unitPrice }) => unitPrice.amount)}::bigint[])
           AS priced(sku, en, zh, amount)
      WHERE order_line.order_id = held.id AND order_line.sku = priced.sku
    ), changed AS (
      UPDATE orders SET state = coalesce(${transition?.to ?? null}, state),
        total_amount = coalesce(${total?.amount ?? null}::bigint, total_amount), currency = coalesce(${total?.currency ?? null}, currency),
        rejection = coalesce(${refused?.rejection ?? null}, rejection),
        rejection_errors = coalesce(${blamed === null ? null : JSON.stringify(blamed)}::jsonb, rejection_errors),
        updated_at = CASE WHEN ${transition !== null}::boolean THEN clock_timestamp() ELSE updated_at END
      FROM held WHERE orders.id = held.id AND ${transition !== null || total !== null}::boolean
      RETURNING orders.id, orders.updated_at
    ), history AS (
      INSERT INTO order_transition (order_id, sequence, state, cause, at)
      SELECT id, (SELECT max(sequence) + 1 FROM order_transition WHERE order_id = id),
             ${transition?.to ?? ''}, ${cause}, updated_at
      FROM changed WHERE ${transition !== null}::boolean
    )${unsettled === null ? empty : sql`, attempt AS (${unsettled})`}
    SELECT customer_id AS "customerId", email, ${cause} AS cause${hurries} FROM held`
}
