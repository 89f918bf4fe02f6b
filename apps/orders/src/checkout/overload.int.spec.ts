/** More orders than can be decided: they are taken in, told when to look, and decided one after the other. And a partner that is down is not asked as fast as we can. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Order } from '@meshmart/contracts'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { guest, ordersOf, orderRequest, OrdersRig, place, type Placed, type Replica } from '../testing/orders-rig.ts'

let rig: OrdersRig
let one: Replica

beforeAll(async () => {
  rig = await OrdersRig.open()
  one = await rig.startReplica('orders-1')
})
afterAll(() => rig.close())
beforeEach(() => {
  rig.inventory.meddling = {}
  rig.payments.meddling = {}
})

/** One more every 25 ms. */
const placeMany = (count: number) => {
  const customers = Array.from({ length: count }, guest)
  const answers = customers.map(async (customer, index) => {
    await sleep(index * 25)
    return place(one, customer, orderRequest())
  })
  return { customers, answers: Promise.all(answers) }
}
const untilDecided = (customers: readonly string[]): Promise<void> =>
  vi.waitFor(
    async () => {
      const orders = (await Promise.all(customers.map((customer) => ordersOf(one, customer)))).flat()
      expect(orders.map(({ state }) => state)).toEqual(customers.map(() => 'confirmed'))
    },
    { timeout: 25_000, interval: 250 },
  )

it('takes them all, says of those that wait when to look, and decides each once', async () => {
  let reserving = 0
  let atOnce = 0
  rig.inventory.meddling.before = async (call) => {
    if (call !== 'reserve') return
    atOnce = Math.max(atOnce, ++reserving)
    await sleep(150)
    reserving--
  }
  const { customers, answers } = placeMany(60)
  const placed = await answers
  expect(new Set(placed.map(({ status }) => status))).toEqual(new Set([201, 202]))
  const waiting = placed.filter(({ status }) => status === 202)
  for (const { headers, body } of waiting) {
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(2)
    const looked = await one.inject({
      url: String(headers['location']),
      headers: { 'x-customer-id': customers[placed.findIndex((each) => each.body === body)]! },
    })
    const settled = Order.parse(looked.json()).state === 'confirmed'
    expect(looked.headers['retry-after'] === undefined).toBe(settled)
  }
  await untilDecided(customers)
  for (const { body } of placed) {
    expect(rig.effectsOf(String(body['id']))).toEqual(['reserve', 'confirm', 'authorise', 'capture'])
  }
  // Four turns; one that takes longer than its time is joined by another.
  expect(atOnce).toBeLessThanOrEqual(8)
})

it('says when to come again where no more can wait, and takes each order once then', async () => {
  const cards = Promise.withResolvers<void>()
  rig.payments.meddling.before = (call) => (call === 'tokenise' ? cards.promise : undefined)
  const request = orderRequest()
  const customers = Array.from({ length: 40 }, guest)
  const ask = (customer: string) => place(one, customer, request, 'the-same-key')
  const answered: Placed[] = []
  const asking = customers.map(async (customer) => answered.push(await ask(customer)))
  // Five are being taken in, and sixteen wait.
  const refused = await vi.waitFor(() => (expect(answered).toHaveLength(19), [...answered]))
  for (const { status, body } of refused) expect([status, body['code']]).toEqual([429, 'too-busy'])
  const times = refused.map(({ headers }) => Number(headers['retry-after']))
  expect(Math.min(...times)).toBe(1)
  // A tenth of a second for each of 19.
  expect(Math.max(...times)).toBe(3)
  cards.resolve()
  await Promise.all(asking)
  for (const { status } of answered.slice(19)) expect([201, 202]).toContain(status)
  for (const customer of customers) expect([201, 202]).toContain((await ask(customer)).status)
  await untilDecided(customers)
})

it('asks a partner that refuses at once no faster than turns come free', async () => {
  let tries = 0
  rig.payments.meddling.before = (call) => {
    if (call !== 'authorise') return undefined
    tries++
    return 'drop'
  }
  const { customers, answers } = placeMany(40)
  await sleep(1_500)
  // 4 turns of 300 ms each.
  expect(tries).toBeGreaterThan(4)
  expect(tries).toBeLessThanOrEqual(4 * (1_500 / 300 + 1))
  rig.payments.meddling = {}
  await answers
  await untilDecided(customers)
})
