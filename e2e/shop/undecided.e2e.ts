/** An order that cannot be decided in time is answered 202, says so to whoever looks, and reports live when it is decided after all. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Order } from '@meshmart/contracts'
import { expect, inject, test } from 'vitest'
import { Customer, MUG, orderOf } from '../testing/client.ts'
import { pidsOf } from '../testing/processes.ts'

const { url, home } = inject('shop')

/** Reads an event stream up to its end; `seen` grows while it does. */
async function follow(customer: Customer, id: string, seen: string[]): Promise<void> {
  const response = await fetch(`${url}/api/v1/orders/${id}/events`, { headers: { cookie: customer.cookie! } })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const frames = text.split('\n\n')
    text = frames.pop()!
    for (const frame of frames) {
      const data = /^data: (.*)$/m.exec(frame)?.[1]
      seen.push(data === undefined ? frame : Order.parse(JSON.parse(data)).state)
    }
  }
}

test('the event stream of a decided order says its state and ends', async () => {
  const customer = new Customer(url)
  const order = await customer.decided(await customer.buy(orderOf(MUG)))
  const seen: string[] = []
  await follow(customer, order.id, seen)
  expect(seen).toEqual(['confirmed'])
})

test('while no inventory answers, an order waits; it is decided when one is back', async () => {
  const customer = new Customer(url)
  await customer.call('PUT', '/api/v1/cart', { items: [] })
  const pids = ['inventory-1', 'inventory-2'].map((name) => pidsOf(home)[name]!)
  const key = crypto.randomUUID()
  const seen: string[] = []
  let id: string
  let end: Promise<void>
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  try {
    const begin = performance.now()
    const answer = await customer.buy(orderOf(MUG), key)
    expect(answer.status).toBe(202)
    expect(performance.now() - begin).toBeGreaterThan(4_500)
    id = Order.parse(answer.body).id
    expect(answer.headers.get('location')).toBe(`/api/v1/orders/${id}`)
    const looked = await customer.call('GET', answer.headers.get('location')!)
    expect(looked.body).toMatchObject({ id, state: 'received' })
    end = follow(customer, id, seen)
    // Silence is filled every fifteen seconds, so that no proxy takes the stream for dead.
    await expect.poll(() => seen, { timeout: 20_000, interval: 200 }).toContain(': heartbeat')
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT')
  }
  await Promise.race([end, sleep(45_000)])
  expect(seen[0]).toBe('received')
  expect(seen.at(-1)).toBe('confirmed')
  const again = await customer.buy(orderOf(MUG), key)
  expect([again.status, Order.parse(again.body).id]).toEqual([201, id])
}, 90_000)

test.each(['timeout-after-charge', 'fail-once'] as const)(
  'a card of the kind %s is charged once and the order confirmed',
  async (behaviour) => {
    const customer = new Customer(url)
    const order = await customer.decided(await customer.buy(orderOf(MUG, 1, behaviour)))
    expect(order.state).toBe('confirmed')
  },
)
