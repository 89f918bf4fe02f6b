/** What the orders service can say alone: every order comes to an end, once, by a way that leads there, and costs what its lines cost. */
import { ruleOf } from '../rule.ts'

const FINAL = `('confirmed', 'rejected', 'cancelled')`
/** Published events are deleted after seven days: what is older cannot be asked for. */
const ANNOUNCED_SINCE = `now() - interval '6 days'`

export const orderRules = [
  ruleOf(
    'orders',
    'ends',
    'order has not come to a final state',
    `SELECT id, state || ' since ' || date_trunc('second', now() - updated_at) AS value FROM orders WHERE state NOT IN ${FINAL}`,
  ),
  ruleOf(
    'orders',
    'checkout-ends',
    'checkout of a final order is still open',
    `SELECT order_id AS id, coalesce(step, 'none') AS value FROM checkout JOIN orders ON id = order_id
     WHERE state IN ${FINAL} AND finished_at IS NULL`,
  ),
  ruleOf(
    'orders',
    'confirmed-once',
    'order was confirmed more than once',
    `SELECT order_id AS id, count(*) || ' times' AS value FROM order_transition
     WHERE state = 'confirmed' GROUP BY order_id HAVING count(*) > 1`,
  ),
  ruleOf(
    'orders',
    'history',
    'order is not in the state that its history ends with',
    `SELECT o.id, o.state || ', history: ' || coalesce(t.state, 'none') AS value FROM orders o
     LEFT JOIN LATERAL (SELECT state FROM order_transition WHERE order_id = o.id ORDER BY sequence DESC LIMIT 1) t ON true
     WHERE t.state IS DISTINCT FROM o.state`,
  ),
  ruleOf(
    'orders',
    'total',
    'confirmed order does not cost what its lines cost',
    `SELECT o.id, o.total_amount || ', lines: ' || coalesce(sum(l.quantity * l.unit_amount), 0) AS value
     FROM orders o LEFT JOIN order_line l ON l.order_id = o.id
     WHERE o.state = 'confirmed' GROUP BY o.id HAVING o.total_amount IS DISTINCT FROM sum(l.quantity * l.unit_amount)`,
  ),
  ruleOf(
    'orders',
    'one-effect-per-key',
    'one Idempotency-Key made more than one order',
    `SELECT customer_id || ' ' || idempotency_key AS id, count(*) || ' orders' AS value FROM orders
     GROUP BY customer_id, idempotency_key HAVING count(*) > 1`,
  ),
  ruleOf(
    'orders',
    'announced',
    'order is not announced exactly once by an event for its state',
    `SELECT o.id, state || ', announced ' || count(b.seq) || ' times' AS value FROM orders o
     LEFT JOIN outbox b ON b.subject = o.id::text AND b.type = 'order.' || o.state
     WHERE state IN ('confirmed', 'cancelled') AND o.updated_at > ${ANNOUNCED_SINCE} GROUP BY o.id HAVING count(b.seq) <> 1`,
  ),
]
