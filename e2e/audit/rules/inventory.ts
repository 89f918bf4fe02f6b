/** What inventory can say alone: stock is the sum of its movements, holds are held by somebody, and nothing is sold twice or below zero. */
import { ruleOf } from '../rule.ts'

export const inventoryRules = [
  ruleOf(
    'inventory',
    'sum-of-movements',
    'stock is not the sum of its movements',
    `SELECT s.sku AS id, on_hand || ', movements: ' || coalesce(sum(quantity), 0) AS value FROM stock s
     LEFT JOIN stock_movement m ON m.sku = s.sku GROUP BY s.sku HAVING on_hand <> coalesce(sum(quantity), 0)`,
  ),
  ruleOf(
    'inventory',
    'never-negative',
    'stock is oversold',
    `SELECT sku AS id, on_hand || ' on hand, ' || held || ' held' AS value FROM stock WHERE held < 0 OR on_hand < held`,
  ),
  ruleOf(
    'inventory',
    'held',
    'held stock is not what reservations hold',
    `SELECT s.sku AS id, held || ', reservations: ' || coalesce(sum(l.quantity), 0) AS value FROM stock s
     LEFT JOIN (reservation_line l JOIN reservation r ON r.id = l.reservation_id AND r.state = 'held') ON l.sku = s.sku
     GROUP BY s.sku HAVING held <> coalesce(sum(l.quantity), 0)`,
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
                FROM stock_movement GROUP BY reservation_id, sku) m ON m.reservation_id = r.id AND m.sku = l.sku
     WHERE coalesce(-m.sold, 0) <> CASE WHEN r.state IN ('confirmed', 'returned') THEN l.quantity ELSE 0 END
        OR coalesce(m.returned, 0) <> CASE WHEN r.state = 'returned' THEN l.quantity ELSE 0 END`,
  ),
]
