/** The acquirer lets money go while an order waits for something else: the order hears of it, gives back what it has taken, and says why. */
import { randomUUID } from 'node:crypto'
import { Order } from '@meshmart/contracts'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  cancel,
  guest,
  ordersOf,
  orderRequest,
  OrdersRig,
  place,
  statesOf,
  type Replica,
} from '../testing/orders-rig.ts'
import { holdOnce } from '../testing/stand-in.ts'

let rig: OrdersRig
let one: Replica
let two: Replica
beforeAll(async () => {
  rig = await OrdersRig.open()
  one = await rig.startReplica('orders-1')
  two = await rig.startReplica('orders-2')
})
afterAll(() => rig.close())
beforeEach(() => {
  rig.inventory.meddling = {}
})

function publish(orderId: string, id = randomUUID()): void {
  const data = { paymentId: randomUUID(), orderId, amount: { amount: 11_800, currency: 'EUR' } }
  const time = new Date().toISOString()
  const envelope = {
    id,
    type: 'payment.expired',
    version: 1,
    source: 'payments',
    subject: orderId,
    time,
    traceparent: null,
    data,
  }
  rig.nats.connection.publish('events.payment.expired', JSON.stringify(envelope))
}
const handled = async (id: string) => (await rig.rows('SELECT FROM inbox WHERE event_id = $1', id)).length

it('is turned round once, however often it is told, and a step under way is undone after it', async () => {
  const held = holdOnce('confirm')
  rig.inventory.meddling = { before: held.hook }
  const customer = guest()
  const placed = place(one, customer, orderRequest())
  await held.reached
  const [order] = await ordersOf(two, customer)
  const payment = rig.payments.paymentOf(order!.id)!
  rig.payments.payments.set(payment.id, { ...payment, state: 'expired' })
  const event = randomUUID()
  for (let n = 0; n < 3; n++) publish(order!.id, event)
  await expect.poll(async () => (await ordersOf(two, customer))[0]?.state, { timeout: 8_000 }).toBe('rejecting')
  expect(await cancel(two, customer, order!.id)).toMatchObject({ status: 409, body: { code: 'wrong-state' } })
  held.letGo()
  expect(await placed).toMatchObject({ status: 402, body: { code: 'payment-declined', detail: 'payment-expired' } })
  const [after] = (await ordersOf(two, customer)).map((each) => Order.parse(each))
  expect(statesOf(after!)).toEqual(['received', 'reserved', 'authorised', 'rejecting', 'rejected'])
  expect(after).toMatchObject({ rejection: 'card-declined' })
  expect(after!.history.slice(-2).map(({ cause }) => cause)).toEqual(['payment-expired', 'payment-expired'])
  expect(rig.inventory.effectsOf(order!.id)).toEqual(['reserve', 'confirm', 'return'])
  expect(rig.payments.effectsOf(order!.id)).toEqual(['authorise'])
})

it('changes nothing of an order that is paid, and of none that is not ours', async () => {
  const customer = guest()
  const { id } = Order.parse((await place(one, customer, orderRequest())).body)
  const events = [randomUUID(), randomUUID()] as const
  publish(id, events[0])
  publish(randomUUID(), events[1])
  for (const event of events) await expect.poll(() => handled(event), { timeout: 8_000 }).toBe(1)
  expect((await ordersOf(one, customer))[0]?.state).toBe('confirmed')
})

it('found out by the capture itself ends the same way', async () => {
  const held = holdOnce('capture')
  rig.payments.meddling = { before: held.hook }
  const customer = guest()
  const placed = place(one, customer, orderRequest())
  await held.reached
  const [order] = await ordersOf(two, customer)
  const payment = rig.payments.paymentOf(order!.id)!
  rig.payments.payments.set(payment.id, { ...payment, state: 'expired' })
  held.letGo()
  expect(await placed).toMatchObject({ status: 402, body: { detail: 'payment-expired' } })
  expect(rig.inventory.effectsOf(order!.id)).toEqual(['reserve', 'confirm', 'return'])
})
