/** What payments can say alone: the ledger balances, each order is paid for once, and what was asked of the acquirer has come to an end. */
import { ruleOf } from '../rule.ts'

export const paymentRules = [
  ruleOf(
    'payments',
    'taken-once',
    'order has more than one payment that took money',
    `SELECT order_id AS id, count(*) || ' payments' AS value FROM payment_intent
     WHERE state IN ('authorised', 'captured') GROUP BY order_id HAVING count(*) > 1`,
  ),
  ruleOf(
    'payments',
    'ends',
    'payment is neither taken nor given back',
    `SELECT order_id AS id, state || ' since ' || date_trunc('second', now() - updated_at) AS value
     FROM payment_intent WHERE state IN ('pending', 'authorised')`,
  ),
  ruleOf(
    'payments',
    'history',
    'payment is not in the state that its history ends with',
    `SELECT i.id, i.state || ', history: ' || coalesce(t.state::text, 'none') AS value FROM payment_intent i
     LEFT JOIN LATERAL (SELECT state FROM payment_transition WHERE intent_id = i.id ORDER BY id DESC LIMIT 1) t ON true
     WHERE t.state IS DISTINCT FROM i.state`,
  ),
  ruleOf(
    'payments',
    'ledger-sums-to-zero',
    'ledger does not sum to zero',
    `SELECT currency AS id, sum(amount)::text AS value FROM ledger_entry GROUP BY currency HAVING sum(amount) <> 0`,
  ),
  ruleOf(
    'payments',
    'posting-balances',
    'ledger transaction does not balance',
    `SELECT t.id, count(e.id) || ' entries, sum ' || coalesce(sum(e.amount), 0) AS value FROM ledger_transaction t
     LEFT JOIN ledger_entry e ON e.transaction_id = t.id GROUP BY t.id HAVING count(e.id) < 2 OR sum(e.amount) <> 0`,
  ),
  ruleOf(
    'payments',
    'posted',
    'payment is not posted as it says: its captures and refunds are not what the ledger has',
    `SELECT i.order_id AS id, i.state || ' ' || i.captured_amount || ' less ' || i.refunded_amount || ', posted ' || coalesce(p.captured, 0)
       || ' less ' || coalesce(p.refunded, 0) AS value
     FROM payment_intent i LEFT JOIN (
       SELECT t.payment_id, sum(e.amount) FILTER (WHERE t.kind = 'capture') AS captured, -sum(e.amount) FILTER (WHERE t.kind = 'refund') AS refunded
       FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id AND e.account = 'acquirer-receivable' GROUP BY t.payment_id
     ) p ON p.payment_id = i.id
     WHERE i.captured_amount <> coalesce(p.captured, 0) OR i.refunded_amount <> coalesce(p.refunded, 0)`,
  ),
  ruleOf(
    'payments',
    'operations-end',
    'what was asked of the acquirer has no known outcome',
    `SELECT i.order_id AS id, o.kind || ' ' || o.amount || ' since ' || date_trunc('second', now() - o.created_at) AS value
     FROM payment_operation o JOIN payment_intent i ON i.id = o.payment_id WHERE o.state = 'open'`,
  ),
  ruleOf(
    'payments',
    'operations-booked',
    'payment is not the sum of its operations',
    `SELECT i.order_id AS id, i.captured_amount || ' less ' || i.refunded_amount || ' and ' || i.refunding_amount || ' asked for, operations: '
       || coalesce(o.captured, 0) || ' less ' || coalesce(o.refunded, 0) || ' and ' || coalesce(o.refunding, 0) AS value
     FROM payment_intent i LEFT JOIN (
       SELECT payment_id, sum(amount) FILTER (WHERE kind = 'capture' AND state = 'done') AS captured,
         sum(amount) FILTER (WHERE kind = 'refund' AND state = 'done') AS refunded,
         sum(amount) FILTER (WHERE kind = 'refund' AND state = 'open') AS refunding
       FROM payment_operation GROUP BY payment_id
     ) o ON o.payment_id = i.id
     WHERE (i.captured_amount, i.refunded_amount, i.refunding_amount)
        <> (coalesce(o.captured, 0), coalesce(o.refunded, 0), coalesce(o.refunding, 0))`,
  ),
]
