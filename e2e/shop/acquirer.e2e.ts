/** The acquirer from the shop's point of view: killed during purchases, losing answers, refusing, telling through the public port; and whoever pretends to be it. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { Books } from '../audit/books.ts'
import { Customer, MUG, orderOf } from '../testing/client.ts'
import { logOf, pidsOf } from '../testing/processes.ts'

const { url, home } = inject('shop')

let books: Books
beforeAll(async () => {
  books = await Books.open(home)
})
afterEach(() => pull({ lostAnswers: 0, outages: 0 }))
afterAll(() => books?.close())

interface Ready {
  readonly message: string
  readonly adminPort: number
}
/** It says at its start where its levers are. */
function adminPort(): number {
  const lines = logOf(home, 'acquirer').trim().split('\n')
  const ready = lines.map((line) => JSON.parse(line) as Ready).findLast(({ message }) => message === 'ready')
  return ready!.adminPort
}

async function pull(levers: object): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${adminPort()}/levers`, { method: 'POST', body: JSON.stringify(levers) })
  expect(answer.status).toBe(200)
}

const buy = async (count: number): Promise<string[]> =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const customer = new Customer(url)
      return (await customer.decided(await customer.buy(orderOf(MUG)))).state
    }),
  )

test('killed during purchases it loses none, and charges nobody twice', async () => {
  const before = pidsOf(home)['acquirer']!
  const bought = buy(12)
  await sleep(150)
  process.kill(before, 'SIGKILL')
  expect(new Set(await bought)).toEqual(new Set(['confirmed']))
  expect(pidsOf(home)['acquirer']).not.toBe(before)
  expect(await books.settled()).toEqual([])
}, 90_000)

test('half of its answers lost, a fifth of its calls refused: purchases and cancellations come to their end, and the books agree', async () => {
  await pull({ lostAnswers: 0.5, outages: 0.2 })
  const ends = await Promise.all(
    Array.from({ length: 10 }, async (_, n) => {
      const customer = new Customer(url)
      const order = await customer.decided(await customer.buy(orderOf(MUG)))
      if (n % 2 === 0) return order.state
      await customer.call('POST', `/api/v1/orders/${order.id}/cancel`)
      await expect
        .poll(
          async () => ((await customer.call('GET', `/api/v1/orders/${order.id}`)).body as { state: string }).state,
          {
            timeout: 30_000,
          },
        )
        .toBe('cancelled')
      return 'cancelled'
    }),
  )
  expect(new Set(ends)).toEqual(new Set(['confirmed', 'cancelled']))
  await pull({ lostAnswers: 0, outages: 0 })
  expect(await books.settled()).toEqual([])
}, 120_000)

test('what it tells comes in by the public port, once', async () => {
  const declined = new Customer(url)
  expect((await declined.buy(orderOf(MUG, 1, 'decline'))).status).toBe(402)
  const [last] = await books.read<{ id: string }>(
    'payments',
    `SELECT id FROM payment_intent WHERE state = 'declined' ORDER BY created_at DESC LIMIT 1`,
  )
  const told = () =>
    books.read<{ type: string }>('payments', `SELECT type FROM webhook_event WHERE payment_id = '${last!.id}'`)
  await expect.poll(told, { timeout: 10_000 }).toEqual([{ type: 'charge.declined' }])
  const undelivered = `SELECT id, type FROM webhook WHERE delivered_at IS NULL`
  await expect.poll(() => books.read('acquirer', undelivered), { timeout: 10_000 }).toEqual([])
})

test('what payments tells of a hold that ran out reaches orders, and a paid order stays as it is', async () => {
  const customer = new Customer(url)
  const { id } = await customer.decided(await customer.buy(orderOf(MUG)))
  const event = randomUUID()
  const data = { paymentId: randomUUID(), orderId: id, amount: { amount: 1, currency: 'EUR' } }
  await books.read(
    'payments',
    `INSERT INTO outbox (id, type, subject, data, occurred_at) VALUES ('${event}', 'payment.expired', '${id}', '${JSON.stringify(data)}', now())`,
  )
  const handled = () => books.read('orders', `SELECT type FROM inbox WHERE event_id = '${event}'`)
  await expect.poll(handled, { timeout: 15_000 }).toEqual([{ type: 'payment.expired' }])
  expect((await customer.call('GET', `/api/v1/orders/${id}`)).body).toMatchObject({ state: 'confirmed' })
  expect(await books.settled()).toEqual([])
})

test('whoever pretends to be it is refused, and reaches nothing else of payments', async () => {
  const event = {
    specversion: '1.0',
    id: randomUUID(),
    source: 'acquirer',
    type: 'charge.expired',
    subject: randomUUID(),
  }
  const body = JSON.stringify({ ...event, time: new Date().toISOString() })
  const tell = async (path: string, signature: string) =>
    (
      await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents+json', 'acquirer-signature': signature },
        body,
      })
    ).status
  const now = Math.floor(Date.now() / 1000)
  expect(await tell('/webhooks/acquirer', `t=${now},v1=${'0'.repeat(64)}`)).toBe(401)
  expect(await tell('/webhooks/acquirer', '')).toBe(401)
  for (const path of ['/v1/webhooks/acquirer', '/webhooks/acquirer/../tokens', '/webhooks/acquirer/x'])
    expect([path, (await tell(path, '')) >= 404]).toEqual([path, true])
  expect(await books.read('payments', `SELECT id FROM webhook_event WHERE id = '${event.id}'`)).toEqual([])
})

// Linux alone says so; a busy machine may be late to give memory back.
test.runIf(process.platform === 'linux')('it is small', () => {
  const status = readFileSync(`/proc/${pidsOf(home)['acquirer']}/status`, 'utf8')
  const rssMb = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024
  console.log(`acquirer: ${Math.round(rssMb)} MB resident`)
  expect(rssMb).toBeLessThan(110)
})
