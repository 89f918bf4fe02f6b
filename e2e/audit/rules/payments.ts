/** What payments can say alone: the ledger balances, each order is paid for once, and our book says what the acquirer's says. */
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
    'payment is not posted as its state says',
    `SELECT i.id, i.state || ', posted: ' || coalesce(string_agg(t.kind, ' ' ORDER BY t.kind), 'nothing') AS value
     FROM payment_intent i LEFT JOIN ledger_transaction t ON t.payment_id = i.id GROUP BY i.id
     HAVING coalesce(string_agg(t.kind, ' ' ORDER BY t.kind), '') <>
       CASE i.state WHEN 'captured' THEN 'capture' WHEN 'refunded' THEN 'capture refund' ELSE '' END`,
  ),
  ruleOf(
    'payments',
    'acquirer-agrees',
    "payment differs from the acquirer's charge",
    `SELECT i.order_id AS id, i.state || ' ' || i.amount || ', acquirer: ' || coalesce(c.state || ' ' || c.amount, 'none') AS value
     FROM payment_intent i LEFT JOIN acquirer_charge c ON c.key = i.id::text
     WHERE i.state <> 'pending' AND (c.state IS DISTINCT FROM i.state::text OR c.amount <> i.amount OR c.currency <> i.currency)`,
  ),
  ruleOf(
    'payments',
    'acquirer-charges-for-us',
    'the acquirer charged for no payment of ours',
    `SELECT key AS id, c.state || ' ' || c.amount AS value FROM acquirer_charge c
     LEFT JOIN payment_intent i ON i.id::text = c.key WHERE i.id IS NULL`,
  ),
]
