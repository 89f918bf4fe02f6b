/** Taking a person out of their orders: what the books need stays, and nobody else loses anything. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { guest, ordersOf, orderRequest, OrdersRig, place, type Replica } from '../testing/orders-rig.ts'
import { holdOnce } from '../testing/stand-in.ts'

let rig: OrdersRig
let replica: Replica

beforeAll(async () => {
  rig = await OrdersRig.open()
  replica = await rig.startReplica('orders-1')
})
afterAll(() => rig.close())

const erase = async (customer: string): Promise<unknown> => {
  const answer = await replica.inject({
    method: 'POST',
    url: '/v1/customers/erasure',
    headers: { 'x-customer-id': customer },
  })
  expect(answer.statusCode).toBe(200)
  return answer.json()
}
const everythingOf = async (customer: string): Promise<string> =>
  JSON.stringify([
    await rig.rows('SELECT * FROM orders WHERE customer_id = $1', customer),
    await rig.rows(
      'SELECT * FROM outbox WHERE subject IN (SELECT id::text FROM orders WHERE customer_id = $1)',
      customer,
    ),
  ])

it('takes e-mail, name and address out of settled orders and their events, and leaves what the books need', async () => {
  const [customer, other] = [guest(), guest()]
  await place(replica, customer, orderRequest())
  await place(replica, other, orderRequest())
  const [before] = await ordersOf(replica, customer)
  await vi.waitFor(async () => {
    expect(await rig.rows('SELECT 1 FROM outbox WHERE published_at IS NULL')).toEqual([])
  })
  const others = await everythingOf(other)
  expect(await everythingOf(customer)).toMatch(/ada@example\.com.*Elm Street/)

  for (let times = 0; times < 2; times++) expect(await erase(customer)).toEqual({ remaining: 0 })
  expect(await everythingOf(customer)).not.toMatch(/ada@|Lovelace|Elm Street|10115|Berlin/)
  expect((await ordersOf(replica, customer))[0]).toEqual({
    ...before,
    email: 'erased@erased.invalid',
    shippingAddress: { name: 'erased', line1: 'erased', postalCode: 'erased', city: 'erased', country: 'DE' },
  })
  expect(await everythingOf(other)).toBe(others)
})

it('waits for what is still on its way', async () => {
  const customer = guest()
  const held = holdOnce('capture')
  rig.payments.meddling = { before: held.hook }
  const placed = place(replica, customer, orderRequest())
  await held.reached
  expect(await erase(customer)).toEqual({ remaining: 1 })
  expect(await everythingOf(customer)).toContain('Elm Street')
  held.letGo()
  expect((await placed).status).toBe(201)
  expect(await erase(customer)).toEqual({ remaining: 0 })
  expect(await everythingOf(customer)).not.toContain('Elm Street')
})
