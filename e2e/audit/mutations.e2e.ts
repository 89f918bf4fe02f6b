/**
 * The auditor is audited: for every rule something is made wrong on purpose, and the rule must find it. Each mutation is a transaction on the auditor's own
 * connections that is rolled back, so that the shop never sees it. As superuser without triggers and foreign keys: what the databases refuse to everybody
 * else is just what has to be tried here.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { Customer, MUG, orderOf } from '../testing/client.ts'
import { Books, rules } from './books.ts'
import type { Outside, Service, Streams } from './rule.ts'

const { url, home } = inject('shop')

interface Mutation {
  readonly rule: string
  readonly service: Service
  /** `$ORDER` is a confirmed order of three pieces, `$MUG` its only SKU, `$RETURN` the return of one of them, `$PAYMENT` what the acquirer knows it by, `$REJECTED` an order whose card was declined. */
  readonly sql: string
}
/** Of what stands beside the databases: the auditor is shown something else than there is. */
interface Illusion {
  readonly rule: string
  readonly seen: (outside: Outside) => Outside
}

const INTENT = `(SELECT id FROM payment_intent WHERE order_id = '$ORDER')`
const RESERVATION = `(SELECT id FROM reservation WHERE order_id = '$ORDER')`
const STRANGER = `'00000000-0000-4000-8000-000000000000'`
/** A transfer that says that it was shipped. */
const TRANSFER = `INSERT INTO transfer_order (id, source, destination, state, updated_at) VALUES (${STRANGER}, 'central', 'harbour', 'shipped', now());
  INSERT INTO transfer_line (transfer_id, position, sku, quantity) VALUES (${STRANGER}, 0, '$MUG', 2)`

const mutations: readonly Mutation[] = [
  { rule: 'orders.ends', service: 'orders', sql: `UPDATE orders SET state = 'allocated' WHERE id = '$ORDER'` },
  {
    rule: 'orders.checkout-ends',
    service: 'orders',
    sql: `UPDATE checkout SET finished_at = NULL, due_at = 'infinity' WHERE order_id = '$ORDER'`,
  },
  {
    rule: 'orders.confirmed-once',
    service: 'orders',
    sql: `INSERT INTO order_transition (order_id, sequence, state, cause) VALUES ('$ORDER', 99, 'confirmed', 'checkout')`,
  },
  {
    rule: 'orders.history',
    service: 'orders',
    sql: `INSERT INTO order_transition (order_id, sequence, state, cause) VALUES ('$ORDER', 99, 'cancelled', 'mutation')`,
  },
  { rule: 'orders.total', service: 'orders', sql: `UPDATE order_line SET quantity = 7 WHERE order_id = '$ORDER'` },
  {
    rule: 'orders.one-effect-per-key',
    service: 'orders',
    sql: `DROP INDEX orders_customer_id_idempotency_key_key;
          CREATE TEMP TABLE twin ON COMMIT DROP AS SELECT * FROM orders WHERE id = '$ORDER';
          UPDATE twin SET id = ${STRANGER}; INSERT INTO orders SELECT * FROM twin`,
  },
  { rule: 'orders.announced', service: 'orders', sql: `DELETE FROM outbox WHERE subject = '$ORDER'` },
  { rule: 'orders.announced', service: 'orders', sql: `DELETE FROM outbox WHERE subject = '$REJECTED'` },
  {
    rule: 'orders.published',
    service: 'orders',
    sql: `UPDATE outbox SET published_at = NULL WHERE subject = '$ORDER'`,
  },
  {
    rule: 'orders.returns-end',
    service: 'orders',
    sql: `UPDATE order_return SET state = 'restocking', returned_at = NULL WHERE id = '$RETURN'`,
  },
  { rule: 'orders.returned', service: 'orders', sql: `UPDATE order_line SET returned = 0 WHERE order_id = '$ORDER'` },
  {
    rule: 'orders.refund-is-the-price',
    service: 'orders',
    sql: `UPDATE order_return SET amount = amount + 1 WHERE id = '$RETURN'`,
  },
  {
    rule: 'orders.nothing-kept-is-over',
    service: 'orders',
    sql: `UPDATE order_line SET returned = quantity WHERE order_id = '$ORDER'`,
  },
  {
    rule: 'orders.returns-announced',
    service: 'orders',
    sql: `DELETE FROM outbox WHERE subject = '$ORDER' AND type = 'order.returned'`,
  },
  {
    rule: 'payments.taken-once',
    service: 'payments',
    sql: `CREATE TEMP TABLE twin ON COMMIT DROP AS SELECT * FROM payment_intent WHERE id = ${INTENT};
          UPDATE twin SET id = ${STRANGER}; INSERT INTO payment_intent SELECT * FROM twin`,
  },
  {
    rule: 'payments.ends',
    service: 'payments',
    sql: `UPDATE payment_intent SET state = 'authorised', captured_amount = 0, refunded_amount = 0 WHERE id = ${INTENT}`,
  },
  {
    rule: 'payments.history',
    service: 'payments',
    sql: `DELETE FROM payment_transition WHERE intent_id = ${INTENT} AND state = 'captured'`,
  },
  {
    rule: 'payments.ledger-sums-to-zero',
    service: 'payments',
    sql: `INSERT INTO ledger_entry (transaction_id, account, amount, currency) VALUES (${STRANGER}, 'sales', 1, 'EUR')`,
  },
  {
    rule: 'payments.posting-balances',
    service: 'payments',
    sql: `INSERT INTO ledger_transaction (id, payment_id, operation_id, kind, posted_at)
          VALUES (${STRANGER}, ${INTENT}, ${STRANGER}, 'refund', now())`,
  },
  {
    rule: 'payments.posted',
    service: 'payments',
    sql: `DELETE FROM ledger_transaction WHERE payment_id = ${INTENT}`,
  },
  {
    rule: 'payments.operations-end',
    service: 'payments',
    sql: `INSERT INTO payment_operation (id, payment_id, kind, amount, state, due_at) VALUES (${STRANGER}, ${INTENT}, 'refund', 1, 'open', 'infinity')`,
  },
  {
    rule: 'payments.operations-booked',
    service: 'payments',
    sql: `UPDATE payment_intent SET refunding_amount = 1 WHERE id = ${INTENT}`,
  },
  {
    rule: 'payments.published',
    service: 'payments',
    sql: `INSERT INTO outbox (id, type, subject, data, occurred_at) VALUES (${STRANGER}, 'payment.expired', '$ORDER', '{}', now())`,
  },
  {
    rule: 'acquirer.agrees',
    service: 'payments',
    sql: `UPDATE payment_intent SET amount = amount * 2 WHERE id = ${INTENT}`,
  },
  {
    rule: 'acquirer.charges-for-us',
    service: 'payments',
    sql: `UPDATE payment_intent SET id = ${STRANGER} WHERE id = ${INTENT}`,
  },
  {
    rule: 'acquirer.operations',
    service: 'payments',
    sql: `UPDATE payment_operation SET state = 'refused' WHERE payment_id = ${INTENT} AND kind = 'capture'`,
  },
  {
    // A refund there that we have never heard of.
    rule: 'acquirer.balance',
    service: 'acquirer',
    sql: `UPDATE charge SET refunded = 1 WHERE reference = '$PAYMENT'`,
  },
  {
    rule: 'acquirer.sum-of-operations',
    service: 'acquirer',
    sql: `DELETE FROM operation WHERE charge = '$PAYMENT'`,
  },
  {
    rule: 'inventory.sum-of-movements',
    service: 'inventory',
    sql: `UPDATE stock SET on_hand = on_hand - 1 WHERE sku = '$MUG' AND warehouse = 'central'`,
  },
  {
    rule: 'inventory.never-negative',
    service: 'inventory',
    sql: `ALTER TABLE stock DROP CONSTRAINT stock_never_oversold; UPDATE stock SET on_hand = -1 WHERE sku = '$MUG'`,
  },
  {
    rule: 'inventory.allocated',
    service: 'inventory',
    sql: `UPDATE reservation_allocation SET quantity = quantity + 1 WHERE reservation_id = ${RESERVATION}`,
  },
  {
    rule: 'inventory.moved-where-allocated',
    service: 'inventory',
    sql: `UPDATE reservation_allocation SET warehouse = CASE warehouse WHEN 'central' THEN 'harbour' ELSE 'central' END WHERE reservation_id = ${RESERVATION}`,
  },
  {
    rule: 'inventory.back-where-sold-from',
    service: 'inventory',
    sql: `UPDATE stock_movement SET warehouse = CASE warehouse WHEN 'central' THEN 'harbour' ELSE 'central' END WHERE document_id = '$RETURN'`,
  },
  {
    rule: 'inventory.transfer-keeps-all',
    service: 'inventory',
    sql: `${TRANSFER}; INSERT INTO stock_movement (sku, warehouse, kind, quantity, document_id, at) VALUES ('$MUG', 'central', 'shipped', -2, ${STRANGER}, now())`,
  },
  { rule: 'inventory.on-the-way', service: 'inventory', sql: TRANSFER },
  {
    rule: 'inventory.documented',
    service: 'inventory',
    sql: `INSERT INTO stock_movement (sku, warehouse, kind, quantity, document_id, at) VALUES ('$MUG', 'central', 'counted', -2, ${STRANGER}, now())`,
  },
  {
    rule: 'inventory.held',
    service: 'inventory',
    sql: `UPDATE stock SET held = held + 1 WHERE sku = '$MUG' AND warehouse = 'central'`,
  },
  {
    rule: 'inventory.channel-booked-once',
    service: 'inventory',
    sql: `INSERT INTO channel_movement (channel, id, sku, quantity, moved_at, feed_version) VALUES ('bazaar', 'm', '$MUG', -1, now(), 1)`,
  },
  {
    rule: 'inventory.replenished',
    service: 'inventory',
    sql: `INSERT INTO stock_movement (sku, warehouse, kind, quantity, document_id, at) VALUES ('$MUG', 'central', 'restocked', 2, ${STRANGER}, now())`,
  },
  {
    rule: 'inventory.counted',
    service: 'inventory',
    sql: `INSERT INTO stock_take_line (document_id, warehouse, sku, booked, counted) VALUES (${STRANGER}, 'central', '$MUG', 7, 9)`,
  },
  {
    rule: 'inventory.mail-once',
    service: 'inventory',
    sql: `INSERT INTO stock_warning (id, sku, kind, available, raised_at) VALUES (${STRANGER}, '$MUG', 'low', 1, now())`,
  },
  {
    rule: 'inventory.no-hold-leaks',
    service: 'inventory',
    sql: `UPDATE reservation SET state = 'held', expires_at = now() - interval '1 hour' WHERE id = ${RESERVATION}`,
  },
  {
    rule: 'inventory.moved',
    service: 'inventory',
    sql: `DELETE FROM stock_movement WHERE reservation_id = ${RESERVATION}`,
  },
  {
    rule: 'inventory.published',
    service: 'inventory',
    sql: `UPDATE outbox SET published_at = NULL WHERE seq = (SELECT max(seq) FROM outbox)`,
  },
  {
    rule: 'streams.published',
    service: 'orders',
    sql: `UPDATE outbox SET id = ${STRANGER} WHERE subject = '$ORDER' AND type = 'order.confirmed'`,
  },
  {
    rule: 'mails.due',
    service: 'gateway',
    sql: `DELETE FROM mail WHERE due_for = 'order-confirmed/$ORDER'`,
  },
  {
    rule: 'mails.sent',
    service: 'gateway',
    sql: `UPDATE mail SET sent_at = NULL, created_at = now() - interval '1 hour' WHERE due_for = 'order-confirmed/$ORDER'`,
  },
  {
    rule: 'mails.taken',
    service: 'inventory',
    sql: `INSERT INTO mail (id, due_for, recipient, subject, body, created_at, refused) VALUES (${STRANGER}, 'mutation', '', '', '', now(), '550')`,
  },
  {
    rule: 'mails.arrived',
    service: 'gateway',
    sql: `UPDATE mail SET id = ${STRANGER} WHERE due_for = 'order-confirmed/$ORDER'`,
  },
  {
    rule: 'shop.shows-the-stock',
    service: 'inventory',
    sql: `UPDATE stock SET on_hand = on_hand + 1 WHERE sku = '$MUG' AND warehouse = 'central'`,
  },
  {
    rule: 'events.handled',
    service: 'gateway',
    sql: `DELETE FROM inbox WHERE type = 'order.confirmed'`,
  },
  {
    rule: 'money.per-order',
    service: 'payments',
    sql: `UPDATE payment_intent SET order_id = ${STRANGER} WHERE id = ${INTENT}`,
  },
  {
    rule: 'money.per-currency',
    service: 'orders',
    sql: `UPDATE orders SET total_amount = total_amount + 1 WHERE id = '$ORDER'`,
  },
  {
    rule: 'goods.per-order',
    service: 'inventory',
    sql: `UPDATE stock_movement SET quantity = quantity * 2 WHERE reservation_id = ${RESERVATION}`,
  },
  {
    rule: 'returns.agree',
    service: 'inventory',
    sql: `UPDATE stock_movement SET document_id = NULL WHERE document_id = '$RETURN'`,
  },
  {
    rule: 'goods.no-hold-of-an-ended-order',
    service: 'inventory',
    sql: `UPDATE reservation SET state = 'held' WHERE id = ${RESERVATION}`,
  },
  {
    rule: 'orders.known',
    service: 'inventory',
    sql: `UPDATE reservation SET order_id = ${STRANGER} WHERE id = ${RESERVATION}`,
  },
]

const streamsAs =
  (change: (streams: Streams) => Partial<Streams>): Illusion['seen'] =>
  (outside) => ({
    ...outside,
    streams: async () => {
      const streams = await outside.streams()
      return { ...streams, ...change(streams) }
    },
  })
type Shop = Awaited<ReturnType<Outside['shop']>>
const shopAs =
  (change: (shop: Shop) => Partial<Shop>): Illusion['seen'] =>
  (outside) => ({
    ...outside,
    shop: async () => {
      const shown = await outside.shop()
      return { ...shown, ...change(shown) }
    },
  })
const NOBODY = '00000000-0000-4000-8000-000000000000'

const illusions: readonly Illusion[] = [
  {
    rule: 'streams.decided',
    seen: streamsAs(({ events }) => {
      const stranger = { sequence: 1, subject: 'events.order.confirmed', id: NOBODY, at: new Date().toISOString() }
      return { events: new Map([...events, [NOBODY, stranger]]) }
    }),
  },
  {
    rule: 'streams.read',
    seen: streamsAs(({ readers }) => ({ readers: readers.map((reader) => ({ ...reader, unacknowledged: 1 })) })),
  },
  {
    rule: 'mails.decided',
    seen: (outside) => ({
      ...outside,
      mailbox: async () => ({ ...(await outside.mailbox()), [`<${NOBODY}@meshmart.example>`]: 1 }),
    }),
  },
  { rule: 'shop.healthy', seen: shopAs(() => ({ health: { status: 'degraded', checks: { orders: 'failing' } } })) },
  {
    rule: 'shop.sold-out',
    seen: shopAs(({ products: [first, ...others] }) => ({
      products: [{ ...first!, stock: { available: 0, level: 'in-stock' } }, ...others],
    })),
  },
  { rule: 'shop.shut', seen: shopAs(() => ({ doors: new Map([['/api/v1/account', 200]]) })) },
]

let books: Books
let order: string
let payment: string
let returned: string
let rejected: string

beforeAll(async () => {
  const customer = new Customer(url)
  const bought = await customer.decided(await customer.buy(orderOf(MUG, 3)))
  expect(bought.state).toBe('confirmed')
  order = bought.id
  const back = await customer.giveBack(order, [{ sku: MUG, quantity: 1 }])
  returned = back.returns[0]!.id
  books = await Books.open(home, url)
  const paid = await books.read<{ id: string }>('payments', `SELECT id FROM payment_intent WHERE order_id = '${order}'`)
  payment = paid[0]!.id
  const email = `${randomUUID()}@example.com`
  expect((await customer.buy({ ...orderOf(MUG, 1, 'decline'), email })).status).toBe(402)
  const declined = await books.read<{ id: string }>('orders', `SELECT id FROM orders WHERE email = '${email}'`)
  rejected = declined[0]!.id
})
afterAll(() => books?.close())

test('a shop that has sold something is clean', async () => {
  expect(await books.settled()).toEqual([])
})

test('the auditor sees everything', async () => {
  expect((await books.findings()).filter(({ unseen }) => unseen !== null)).toEqual([])
})

test('every rule has a mutation', () => {
  const tried = new Set([...mutations, ...illusions].map(({ rule }) => rule))
  expect([...tried].toSorted()).toEqual(rules.map(({ name }) => name).toSorted())
})

describe('what is made wrong is found', () => {
  beforeEach(async () => {
    expect(await books.settled()).toEqual([])
  })

  test.each(illusions)('$rule', async ({ rule, seen }) => {
    const found = (await books.findings(seen)).find((finding) => finding.rule.name === rule)
    expect(found!.guilty).not.toEqual([])
  })

  test.each(mutations)('$rule', async ({ rule, service, sql }) => {
    await books.read(service, `BEGIN; SET LOCAL session_replication_role = replica`)
    try {
      await books.read(
        service,
        sql
          .replaceAll('$ORDER', order)
          .replaceAll('$MUG', MUG)
          .replaceAll('$PAYMENT', payment)
          .replaceAll('$RETURN', returned)
          .replaceAll('$REJECTED', rejected),
      )
      // This rule alone: what a mutation locks the shop may be waiting for.
      const found = await books.finding(rules.find(({ name }) => name === rule)!)
      expect(found.guilty, sql).not.toEqual([])
    } finally {
      await books.read(service, 'ROLLBACK')
    }
    expect(await books.settled()).toEqual([])
  })
})
