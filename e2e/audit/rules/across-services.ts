/**
 * What no service can say alone. Money and goods by order: what was confirmed, less what has gone back of it, is what was paid for and what has left the shelf, and
 * nothing else.
 */
import type { Guilty, Query, Rule } from '../rule.ts'

interface OrderRow {
  readonly id: string
  readonly state: string
  /** Minor units and currency, `1900 EUR`; what is owed for it in the end. */
  readonly due: string
}

/** What an order costs less what has gone back of it, by the prices in the order and not by what returns say that they refund. */
const KEPT = `(o.total_amount - coalesce((SELECT sum(l.returned * l.unit_amount) FROM order_line l WHERE l.order_id = o.id), 0))`

async function orders(query: Query): Promise<OrderRow[]> {
  const rows = await query('orders', `SELECT id, state || ' ' || ${KEPT} || ' ' || currency AS value FROM orders o`)
  return rows.map(({ id, value }) => {
    const [state = '', total = '', currency = ''] = value.split(' ')
    return { id, state, due: state === 'confirmed' && total !== '0' ? `${total} ${currency}` : '0' }
  })
}

const byId = (rows: readonly Guilty[]): Map<string, string> => new Map(rows.map(({ id, value }) => [id, value]))

/** Captured less refunded, by order. */
const PAID = `SELECT i.order_id AS id, sum(e.amount) || ' ' || e.currency AS value FROM ledger_entry e
  JOIN ledger_transaction t ON t.id = e.transaction_id JOIN payment_intent i ON i.id = t.payment_id
  WHERE e.account = 'acquirer-receivable' GROUP BY i.order_id, e.currency HAVING sum(e.amount) <> 0`

/** Worth of what has left the shelf and not come back, by order. */
const GONE = `SELECT r.order_id AS id, -sum(m.quantity * l.unit_amount) || ' ' || l.unit_currency AS value FROM stock_movement m
  JOIN reservation r ON r.id = m.reservation_id JOIN reservation_line l ON l.reservation_id = r.id AND l.sku = m.sku
  GROUP BY r.order_id, l.unit_currency HAVING sum(m.quantity * l.unit_amount) <> 0`

function differing(all: readonly OrderRow[], has: ReadonlyMap<string, string>, what: string): Guilty[] {
  return all.flatMap(({ id, state, due }) => {
    const got = has.get(id) ?? '0'
    return got === due ? [] : [{ id, value: `${state}, due ${due}, ${what} ${got}` }]
  })
}

export const rulesAcrossServices: readonly Rule[] = [
  {
    name: 'money.per-order',
    says: 'captured less refunded is not what the order costs less what has gone back',
    find: async (query) => differing(await orders(query), byId(await query('payments', PAID)), 'paid'),
  },
  {
    name: 'money.per-currency',
    says: 'captured less refunded is not what all confirmed orders cost less what has gone back',
    find: async (query) => {
      const due = await query(
        'orders',
        `SELECT currency AS id, sum(${KEPT})::text AS value FROM orders o WHERE state = 'confirmed' GROUP BY currency`,
      )
      const paid = byId(
        await query(
          'payments',
          `SELECT currency AS id, sum(amount)::text AS value FROM ledger_entry WHERE account = 'acquirer-receivable' GROUP BY currency`,
        ),
      )
      const wanted = byId(due)
      return [...new Set([...wanted.keys(), ...paid.keys()])].flatMap((id) => {
        const [cost, got] = [wanted.get(id) ?? '0', paid.get(id) ?? '0']
        return cost === got ? [] : [{ id, value: `cost ${cost}, paid ${got}` }]
      })
    },
  },
  {
    name: 'goods.per-order',
    says: 'what left the shelf and is not back is not what the order keeps',
    find: async (query) => differing(await orders(query), byId(await query('inventory', GONE)), 'gone'),
  },
  {
    name: 'returns.agree',
    says: 'return of an order is not the return that inventory has booked',
    find: async (query) => {
      const asked = byId(
        await query(
          'orders',
          `SELECT i.return_id || ' ' || i.sku AS id, i.quantity::text AS value FROM order_return_line i JOIN order_return r ON r.id = i.return_id WHERE r.state = 'returned'`,
        ),
      )
      const booked = byId(
        await query(
          'inventory',
          `SELECT document_id || ' ' || sku AS id, sum(quantity)::text AS value FROM stock_movement WHERE kind = 'returned' AND document_id IS NOT NULL GROUP BY document_id, sku`,
        ),
      )
      return [...new Set([...asked.keys(), ...booked.keys()])].flatMap((id) => {
        const [wanted, got] = [asked.get(id) ?? '0', booked.get(id) ?? '0']
        return wanted === got ? [] : [{ id, value: `asked for ${wanted}, back ${got}` }]
      })
    },
  },
  {
    name: 'goods.no-hold-of-an-ended-order',
    says: 'ended order still holds stock',
    find: async (query) => {
      const ended = new Map((await orders(query)).map(({ id, state }) => [id, state]))
      const held = await query(
        'inventory',
        `SELECT order_id AS id, state AS value FROM reservation WHERE state = 'held'`,
      )
      return held.flatMap(({ id }) => {
        const state = ended.get(id)
        return state !== undefined && ['confirmed', 'rejected', 'cancelled'].includes(state)
          ? [{ id, value: state }]
          : []
      })
    },
  },
  {
    name: 'orders.known',
    says: 'payment or reservation of no order',
    find: async (query) => {
      const known = new Set((await orders(query)).map(({ id }) => id))
      const strangers = [
        ...(await query('payments', `SELECT order_id AS id, 'payment ' || state AS value FROM payment_intent`)),
        ...(await query('inventory', `SELECT order_id AS id, 'reservation ' || state AS value FROM reservation`)),
      ]
      return strangers.filter(({ id }) => !known.has(id))
    },
  },
]
