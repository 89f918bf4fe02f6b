/** What the orders service can say alone: every order comes to an end, once, by a way that leads there, and costs what its lines cost. */
import { ruleOf, type Rule } from '../rule.ts'
import { mailsSince } from './mails-since.ts'

const FINAL = `('confirmed', 'rejected', 'cancelled')`
/** Published events are deleted after seven days: what is older cannot be asked for. */
const ANNOUNCED_SINCE = `now() - interval '6 days'`

/** Rejected orders are announced since there are e-mails about them, the others ever since. */
const unannounced = (mails: string): string =>
  `SELECT o.id, o.state || ', announced ' || count(b.seq) || ' times' AS value FROM orders o
   JOIN LATERAL (SELECT min(at) AS at FROM order_transition WHERE order_id = o.id AND state = o.state) ended ON true
   LEFT JOIN outbox b ON b.subject = o.id::text AND b.type = 'order.' || o.state
   WHERE o.state IN ${FINAL} AND ended.at > ${ANNOUNCED_SINCE}
     AND (o.state <> 'rejected' OR ended.at > timestamptz '${mails}')
   GROUP BY o.id HAVING count(b.seq) <> 1`

export const orderRules: readonly Rule[] = [
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
     WHERE state = 'confirmed' AND cause = 'checkout' GROUP BY order_id HAVING count(*) > 1`,
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
  {
    name: 'orders.announced',
    says: 'order is not announced exactly once by an event for its state',
    find: async (query) => query('orders', unannounced((await mailsSince(query)) ?? 'infinity')),
  },
  ruleOf(
    'orders',
    'returns-end',
    'return was accepted and is not made',
    `SELECT order_id AS id, 'return ' || id || ' ' || state || ' since ' || date_trunc('second', now() - requested_at) AS value
     FROM order_return WHERE state <> 'returned'`,
  ),
  ruleOf(
    'orders',
    'returned',
    'line does not give back what returns say, or more than was bought',
    `SELECT l.order_id AS id, l.sku || ' ' || l.quantity || ', given back ' || l.returned || ', returns: ' || coalesce(r.quantity, 0) AS value
     FROM order_line l LEFT JOIN (SELECT order_id, sku, sum(quantity) AS quantity FROM order_return JOIN order_return_line ON return_id = id
                                  GROUP BY order_id, sku) r ON r.order_id = l.order_id AND r.sku = l.sku
     WHERE l.returned <> coalesce(r.quantity, 0) OR l.returned > l.quantity`,
  ),
  ruleOf(
    'orders',
    'refund-is-the-price',
    'return does not refund what its pieces cost in the order',
    `SELECT r.order_id AS id, 'return ' || r.id || ' ' || r.amount || ', pieces: ' || coalesce(sum(i.quantity * l.unit_amount), 0) AS value
     FROM order_return r LEFT JOIN order_return_line i ON i.return_id = r.id
     LEFT JOIN order_line l ON l.order_id = r.order_id AND l.sku = i.sku
     GROUP BY r.id HAVING r.amount IS DISTINCT FROM sum(i.quantity * l.unit_amount)`,
  ),
  ruleOf(
    'orders',
    'nothing-kept-is-over',
    'order is confirmed although all of it has come back',
    `SELECT o.id, 'returned ' || sum(l.returned) AS value FROM orders o JOIN order_line l ON l.order_id = o.id
     WHERE o.state = 'confirmed' GROUP BY o.id HAVING sum(l.quantity - l.returned) = 0`,
  ),
  ruleOf(
    'orders',
    'returns-announced',
    'return is not announced exactly once',
    `SELECT r.order_id AS id, 'return ' || r.id || ', announced ' || count(b.seq) || ' times' AS value FROM order_return r
     LEFT JOIN outbox b ON b.subject = r.order_id::text AND b.type = 'order.returned' AND b.data ->> 'returnId' = r.id::text
     WHERE r.state = 'returned' AND r.returned_at > ${ANNOUNCED_SINCE} GROUP BY r.id HAVING count(b.seq) <> 1`,
  ),
]
