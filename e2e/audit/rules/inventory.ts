/** What inventory can say alone: in each place stock is the sum of its movements, holds are held by somebody, nothing is sold twice or below zero, nothing is lost on the way. */
import { ruleOf } from '../rule.ts'

/** An id that names a row of `stock`. */
const PLACE = `s.sku || ' in ' || s.warehouse`

export const inventoryRules = [
  ruleOf(
    'inventory',
    'sum-of-movements',
    'stock is not the sum of its movements',
    `SELECT ${PLACE} AS id, on_hand || ', movements: ' || coalesce(m.moved, 0) AS value FROM stock s
     LEFT JOIN (SELECT sku, warehouse, sum(quantity) AS moved FROM stock_movement GROUP BY sku, warehouse) m USING (sku, warehouse)
     WHERE on_hand <> coalesce(m.moved, 0)`,
  ),
  ruleOf(
    'inventory',
    'never-negative',
    'stock is oversold',
    `SELECT ${PLACE} AS id, on_hand || ' on hand, ' || held || ' held' AS value FROM stock s WHERE held < 0 OR on_hand < held`,
  ),
  ruleOf(
    'inventory',
    'held',
    'held stock is not what reservations hold',
    `SELECT ${PLACE} AS id, held || ', reservations: ' || coalesce(h.held_by, 0) AS value FROM stock s
     LEFT JOIN (SELECT a.sku, a.warehouse, sum(a.quantity) AS held_by FROM reservation_allocation a
                JOIN reservation r ON r.id = a.reservation_id AND r.state = 'held' GROUP BY a.sku, a.warehouse) h USING (sku, warehouse)
     WHERE held <> coalesce(h.held_by, 0)`,
  ),
  ruleOf(
    'inventory',
    'allocated',
    'reservation takes from the warehouses more or less than its lines',
    `SELECT r.order_id AS id, r.state || ' ' || l.sku || ' ' || l.quantity || ', allocated ' || coalesce(sum(a.quantity), 0) AS value
     FROM reservation r JOIN reservation_line l ON l.reservation_id = r.id
     LEFT JOIN reservation_allocation a ON a.reservation_id = r.id AND a.sku = l.sku
     GROUP BY r.id, l.sku, l.quantity
     HAVING coalesce(sum(a.quantity), 0) <> CASE WHEN r.state IN ('held', 'confirmed', 'returned') THEN l.quantity ELSE 0 END`,
  ),
  ruleOf(
    'inventory',
    'no-hold-leaks',
    'reservation is held past its time',
    `SELECT order_id AS id, 'expired ' || date_trunc('second', now() - expires_at) || ' ago' AS value
     FROM reservation WHERE state = 'held' AND expires_at < now() - interval '1 minute'`,
  ),
  ruleOf(
    'inventory',
    'moved',
    'reservation did not move what its state says',
    `SELECT r.order_id AS id, r.state || ' ' || l.sku || ' ' || l.quantity || ', moved ' || coalesce(-m.sold, 0) || ' out, '
       || coalesce(m.returned, 0) || ' back' AS value
     FROM reservation r JOIN reservation_line l ON l.reservation_id = r.id
     LEFT JOIN (SELECT reservation_id, sku, sum(quantity) FILTER (WHERE kind = 'sold') AS sold,
                  sum(quantity) FILTER (WHERE kind = 'returned') AS returned
                FROM stock_movement WHERE reservation_id IS NOT NULL GROUP BY reservation_id, sku) m ON m.reservation_id = r.id AND m.sku = l.sku
     WHERE coalesce(-m.sold, 0) <> CASE WHEN r.state IN ('confirmed', 'returned') THEN l.quantity ELSE 0 END
        OR coalesce(m.returned, 0) > coalesce(-m.sold, 0)
        OR r.state = 'returned' AND coalesce(m.returned, 0) <> l.quantity`,
  ),
  ruleOf(
    'inventory',
    'back-where-sold-from',
    'more came back to a warehouse than was sold from it, or a return has no document of its kind',
    `SELECT r.order_id AS id, m.sku || ' in ' || m.warehouse || ': ' || m.sold || ' out, ' || m.back || ' back' AS value
     FROM reservation r JOIN (
       SELECT reservation_id, sku, warehouse, -coalesce(sum(quantity) FILTER (WHERE kind = 'sold'), 0) AS sold,
         coalesce(sum(quantity) FILTER (WHERE kind = 'returned'), 0) AS back,
         bool_or(document_id IS NOT NULL AND NOT EXISTS (SELECT FROM stock_document d WHERE d.id = document_id AND d.kind = 'return')) AS odd
       FROM stock_movement WHERE reservation_id IS NOT NULL GROUP BY reservation_id, sku, warehouse
     ) m ON m.reservation_id = r.id WHERE m.back > m.sold OR m.odd`,
  ),
  ruleOf(
    'inventory',
    'moved-where-allocated',
    'goods were sold from another warehouse than the allocated one',
    `SELECT coalesce(a.reservation_id, m.reservation_id) AS id, coalesce(a.sku || ' in ' || a.warehouse, m.sku || ' in ' || m.warehouse)
       || ': allocated ' || coalesce(a.quantity, 0) || ', moved ' || coalesce(m.quantity, 0) AS value
     FROM (SELECT reservation_id, sku, warehouse, quantity FROM reservation_allocation JOIN reservation ON id = reservation_id
           WHERE state IN ('confirmed', 'returned')) a
     FULL JOIN (SELECT reservation_id, sku, warehouse, -sum(quantity) FILTER (WHERE kind = 'sold') AS quantity
                FROM stock_movement WHERE reservation_id IS NOT NULL GROUP BY reservation_id, sku, warehouse) m
       ON m.reservation_id = a.reservation_id AND m.sku = a.sku AND m.warehouse = a.warehouse
     WHERE a.quantity IS DISTINCT FROM m.quantity`,
  ),
  ruleOf(
    'inventory',
    'transfer-keeps-all',
    'transfer moved something else than its lines, or lost it on the way',
    `SELECT t.id, t.state || ' ' || l.sku || ' ' || l.quantity || ': ' || coalesce(m.moved, 'nothing') AS value
     FROM transfer_order t JOIN transfer_line l ON l.transfer_id = t.id
     LEFT JOIN (SELECT document_id, sku, string_agg(kind || ' ' || quantity || ' ' || warehouse, ', ' ORDER BY id) AS moved
                FROM stock_movement WHERE kind IN ('shipped', 'received') GROUP BY document_id, sku) m
       ON m.document_id = t.id AND m.sku = l.sku
     WHERE coalesce(m.moved, 'nothing') <> CASE t.state
       WHEN 'shipped' THEN format('shipped -%2$s %1$s, shipped %2$s transit', t.source, l.quantity)
       WHEN 'received' THEN format('shipped -%2$s %1$s, shipped %2$s transit, received -%2$s transit, received %2$s %3$s', t.source, l.quantity, t.destination)
       ELSE 'nothing' END`,
  ),
  ruleOf(
    'inventory',
    'on-the-way',
    'what is in transit is not what shipped transfers carry',
    `SELECT ${PLACE} AS id, on_hand || ', transfers: ' || coalesce(c.carried, 0) AS value FROM stock s
     LEFT JOIN (SELECT l.sku, sum(l.quantity) AS carried FROM transfer_line l JOIN transfer_order t ON t.id = l.transfer_id
                WHERE t.state = 'shipped' GROUP BY l.sku) c ON c.sku = s.sku
     WHERE s.warehouse = 'transit' AND on_hand <> coalesce(c.carried, 0)`,
  ),
  ruleOf(
    'inventory',
    'documented',
    'movement has no document of its kind',
    `SELECT m.id::text AS id, m.kind || ' of ' || m.sku || ', document: ' || coalesce(d.kind, 'none') AS value
     FROM stock_movement m LEFT JOIN stock_document d ON d.id = m.document_id
     WHERE m.kind NOT IN ('opening', 'sold', 'returned') AND d.kind IS DISTINCT FROM CASE m.kind
       WHEN 'restocked' THEN 'replenishment' WHEN 'counted' THEN 'stock-take' WHEN 'channel' THEN 'channel-feed' ELSE 'transfer' END`,
  ),
  ruleOf(
    'inventory',
    'channel-booked-once',
    'what a channel told is not what was booked for it',
    `SELECT coalesce(told.channel, moved.channel) || ' ' || coalesce(told.sku, moved.sku) AS id,
       'told ' || coalesce(told.quantity, 0) || ', booked ' || coalesce(moved.quantity, 0) AS value
     FROM (SELECT channel, sku, sum(quantity) AS quantity FROM channel_movement GROUP BY channel, sku) told
     FULL JOIN (SELECT substr(d.actor, 9) AS channel, sku, sum(quantity) AS quantity FROM stock_movement m
                JOIN stock_document d ON d.id = m.document_id WHERE m.kind = 'channel' GROUP BY d.actor, sku) moved
       ON moved.channel = told.channel AND moved.sku = told.sku
     WHERE coalesce(told.quantity, 0) <> coalesce(moved.quantity, 0)`,
  ),
  ruleOf(
    'inventory',
    'replenished',
    'replenishment did not bring what its state says',
    `SELECT coalesce(o.id, m.document_id) AS id, coalesce(o.state, 'no order') || ' ' || coalesce(l.sku, m.sku) || ' ' || coalesce(l.quantity, 0)
       || ', brought ' || coalesce(m.quantity, 0) AS value
     FROM replenishment_order o JOIN replenishment_line l ON l.replenishment_id = o.id
     FULL JOIN (SELECT document_id, sku, warehouse, sum(quantity) AS quantity FROM stock_movement WHERE kind = 'restocked'
                GROUP BY document_id, sku, warehouse) m ON m.document_id = o.id AND m.sku = l.sku AND m.warehouse = o.warehouse
     WHERE coalesce(m.quantity, 0) <> CASE o.state WHEN 'arrived' THEN l.quantity ELSE 0 END`,
  ),
  ruleOf(
    'inventory',
    'counted',
    'stock-take did not book the difference that it found',
    `SELECT l.document_id AS id, l.sku || ' counted ' || counted || ' of ' || booked || ', moved ' || coalesce(m.quantity, 0) AS value
     FROM stock_take_line l LEFT JOIN stock_movement m
       ON m.document_id = l.document_id AND m.sku = l.sku AND m.warehouse = l.warehouse AND m.kind = 'counted'
     WHERE counted - booked <> coalesce(m.quantity, 0)`,
  ),
  ruleOf(
    'inventory',
    'mail-once',
    'warning has not exactly one e-mail',
    `SELECT coalesce(w.id::text, m.due_for) AS id, coalesce(w.kind || ' of ' || w.sku, 'no warning') || ', e-mails: ' || count(m.id) AS value
     FROM stock_warning w FULL JOIN mail m ON m.due_for = 'stock-warning/' || w.id
     WHERE m.due_for IS NULL OR m.due_for LIKE 'stock-warning/%' GROUP BY w.id, m.due_for HAVING w.id IS NULL OR count(m.id) <> 1`,
  ),
]
