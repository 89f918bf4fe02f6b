/**
 * Whether the books of the three services agree, read past the services from their databases. Each question selects what should not be there and names it; so
 * an answer is a list of what is wrong, and an empty list is the proof.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

type Service = 'orders' | 'payments' | 'inventory' | 'gateway'
interface Row {
  readonly id: string
  readonly value: string
}

const FINAL = `('confirmed', 'rejected', 'cancelled')`

/** What one service can say alone: rows of `what` that break its rule. */
const rules: readonly { service: Service; rule: string; sql: string }[] = [
  {
    service: 'orders',
    rule: 'order has not come to a final state',
    sql: `SELECT id, state AS value FROM orders WHERE state NOT IN ${FINAL}`,
  },
  {
    service: 'orders',
    rule: 'checkout of a final order is still open',
    sql: `SELECT order_id AS id, step AS value FROM checkout JOIN orders ON id = order_id
          WHERE state IN ${FINAL} AND finished_at IS NULL`,
  },
  {
    service: 'orders',
    rule: 'order was confirmed more than once',
    sql: `SELECT order_id AS id, count(*) AS value FROM order_transition
          WHERE state = 'confirmed' GROUP BY order_id HAVING count(*) > 1`,
  },
  {
    service: 'orders',
    rule: 'order is not announced exactly once by an event for its state',
    sql: `SELECT o.id, state || ' ' || count(b.seq) AS value FROM orders o
          LEFT JOIN outbox b ON b.subject = o.id::text AND b.type = 'order.' || o.state
          WHERE state IN ('confirmed', 'cancelled') GROUP BY o.id HAVING count(b.seq) <> 1`,
  },
  ...(['orders', 'inventory'] as const).map((service) => ({
    service,
    rule: 'event was not published',
    sql: `SELECT id, type AS value FROM outbox WHERE published_at IS NULL`,
  })),
  {
    service: 'payments',
    rule: 'order has more than one payment that took money',
    sql: `SELECT order_id AS id, count(*) AS value FROM payment_intent
          WHERE state IN ('authorised', 'captured') GROUP BY order_id HAVING count(*) > 1`,
  },
  {
    service: 'payments',
    rule: 'payment is neither taken nor given back',
    sql: `SELECT order_id AS id, state AS value FROM payment_intent WHERE state IN ('pending', 'authorised')`,
  },
  {
    service: 'payments',
    rule: 'ledger does not sum to zero',
    sql: `SELECT currency AS id, sum(amount) AS value FROM ledger_entry GROUP BY currency HAVING sum(amount) <> 0`,
  },
  {
    service: 'payments',
    rule: "payment differs from the acquirer's charge",
    sql: `SELECT i.order_id AS id, i.state || ' ' || coalesce(c.state, 'none') AS value FROM payment_intent i
          LEFT JOIN acquirer_charge c ON c.key = i.id::text
          WHERE i.state <> 'pending' AND (c.state IS DISTINCT FROM i.state::text OR c.amount <> i.amount)`,
  },
  {
    service: 'inventory',
    rule: 'stock is not the sum of its movements',
    sql: `SELECT sku AS id, on_hand || ' ' || coalesce(sum(quantity), 0) AS value FROM stock
          LEFT JOIN stock_movement USING (sku) GROUP BY sku, on_hand HAVING on_hand <> coalesce(sum(quantity), 0)`,
  },
  {
    service: 'inventory',
    rule: 'held stock is not what reservations hold',
    sql: `SELECT s.sku AS id, held || ' ' || coalesce(sum(l.quantity), 0) AS value FROM stock s
          LEFT JOIN (reservation_line l JOIN reservation r ON r.id = l.reservation_id AND r.state = 'held') ON l.sku = s.sku
          GROUP BY s.sku, held HAVING held <> coalesce(sum(l.quantity), 0)`,
  },
]

export interface BooksDoNotAgree {
  readonly rule: string
  readonly id: string
  readonly value: string
}

export class Books {
  readonly #clients = new Map<Service, pg.Client>()

  private constructor() {}

  /** @param home MESHMART_HOME of a running shop */
  static async open(home: string): Promise<Books> {
    const books = new Books()
    const folder = join(home, 'secrets/postgres')
    const password = readFileSync(join(folder, 'superuser'), 'utf8').trim()
    for (const service of ['orders', 'payments', 'inventory', 'gateway'] as const) {
      const url = new URL(readFileSync(join(folder, `${service}.url`), 'utf8').trim())
      url.username = 'postgres'
      url.password = password
      const client = new pg.Client({ connectionString: url.href })
      await client.connect()
      books.#clients.set(service, client)
    }
    return books
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.end()))
  }

  async read<T extends object>(service: Service, sql: string): Promise<T[]> {
    const result = await this.#clients.get(service)!.query<T>(sql)
    return result.rows
  }

  /** Everything that does not agree now. */
  async disagreements(): Promise<BooksDoNotAgree[]> {
    const wrong: BooksDoNotAgree[] = []
    for (const { service, rule, sql } of rules)
      for (const { id, value } of await this.read<Row>(service, sql))
        wrong.push({ rule: `${service}: ${rule}`, id, value })
    return [...wrong, ...(await this.#acrossServices())]
  }

  /** The same once work under way has had `patienceMs` to come to its end. */
  async settled(patienceMs = 30_000): Promise<BooksDoNotAgree[]> {
    const deadline = Date.now() + patienceMs
    for (;;) {
      const wrong = await this.disagreements()
      if (wrong.length === 0 || Date.now() > deadline) return wrong
      await sleep(250)
    }
  }

  /** Money and goods by order: what was confirmed is what was paid for and what has left the shelf, and nothing else. */
  async #acrossServices(): Promise<BooksDoNotAgree[]> {
    const orders = await this.read<{ id: string; state: string; total: string }>(
      'orders',
      'SELECT id, state, total_amount AS total FROM orders',
    )
    const paid = await this.#byId(
      'payments',
      `SELECT i.order_id AS id, sum(e.amount) AS value FROM ledger_entry e
       JOIN ledger_transaction t ON t.id = e.transaction_id JOIN payment_intent i ON i.id = t.payment_id
       WHERE e.account = 'acquirer-receivable' GROUP BY i.order_id`,
    )
    const reserved = await this.#byId('inventory', 'SELECT order_id AS id, state AS value FROM reservation')
    const gone = await this.#byId(
      'inventory',
      `SELECT r.order_id AS id, -sum(m.quantity * l.unit_amount) AS value FROM stock_movement m
       JOIN reservation r ON r.id = m.reservation_id
       JOIN reservation_line l ON l.reservation_id = r.id AND l.sku = m.sku GROUP BY r.order_id`,
    )
    const wrong: BooksDoNotAgree[] = []
    const known = new Set(orders.map(({ id }) => id))
    for (const { id, state, total } of orders) {
      const due = state === 'confirmed' ? total : '0'
      const money = paid.get(id) ?? '0'
      const goods = gone.get(id) ?? '0'
      const hold = reserved.get(id)
      if (money !== due) wrong.push({ rule: `${state} order of ${due} was paid otherwise`, id, value: money })
      if (goods !== due) wrong.push({ rule: `${state} order of ${due} took other goods`, id, value: goods })
      if (hold === 'held') wrong.push({ rule: `${state} order still holds stock`, id, value: hold })
    }
    for (const id of [...paid.keys(), ...reserved.keys()])
      if (!known.has(id)) wrong.push({ rule: 'payment or reservation of no order', id, value: '' })
    return wrong
  }

  async #byId(service: Service, sql: string): Promise<Map<string, string>> {
    return new Map((await this.read<Row>(service, sql)).map(({ id, value }) => [id, value]))
  }
}
