/** A customer changes their mind in every state of the order: what was done is undone, and nothing else. */
import { Order } from '@meshmart/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
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
  rig.payments.meddling = {}
})

const stateOf = async (customer: string): Promise<string | undefined> => (await ordersOf(one, customer))[0]?.state

describe('cancelling', () => {
  it.each([
    ['received', 'reserve', 'before', ['reserve', 'release'], []],
    ['received', 'reserve', 'after', ['reserve', 'release'], []],
    ['reserved', 'authorise', 'before', ['reserve', 'release'], ['authorise', 'void']],
    ['reserved', 'authorise', 'after', ['reserve', 'release'], ['authorise', 'void']],
    ['authorised', 'confirm', 'before', ['reserve', 'confirm', 'return'], ['authorise', 'void']],
    ['authorised', 'confirm', 'after', ['reserve', 'confirm', 'return'], ['authorise', 'void']],
    ['allocated', 'capture', 'before', ['reserve', 'confirm', 'return'], ['authorise', 'capture', 'refund']],
    ['allocated', 'capture', 'after', ['reserve', 'confirm', 'return'], ['authorise', 'capture', 'refund']],
  ] as const)(
    'an order that is %s, with %s held %s its effect, undoes both sides',
    async (state, call, when, stock, money) => {
      const held = holdOnce(call)
      rig.inventory.meddling = { [when]: held.hook }
      rig.payments.meddling = { [when]: held.hook }
      const customer = guest()
      const placed = place(one, customer, orderRequest())
      await held.reached
      const [before] = await ordersOf(two, customer)
      expect(before?.state).toBe(state)
      const cancelled = cancel(two, customer, before!.id)
      await expect.poll(() => stateOf(customer), { timeout: 4_000 }).toBe('cancelling')
      held.letGo()
      const answer = await cancelled
      expect(answer.status).toBe(200)
      expect(statesOf(Order.parse(answer.body)).slice(-2)).toEqual(['cancelling', 'cancelled'])
      expect(await placed).toMatchObject({ status: 201, body: { state: 'cancelled' } })
      expect(rig.inventory.effectsOf(before!.id)).toEqual(stock)
      expect(rig.payments.effectsOf(before!.id)).toEqual(money)
      const events = await rig.rows('SELECT type FROM outbox WHERE subject = $1', before!.id)
      expect(events).toEqual([{ type: 'order.cancelled' }])
    },
  )

  it('refunds and returns a confirmed order, once, however often it is asked', async () => {
    const customer = guest()
    const { id } = Order.parse((await place(one, customer, orderRequest())).body)
    const answers = await Promise.all([one, two, one].map((replica) => cancel(replica, customer, id)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(await cancel(two, customer, id)).toMatchObject({ status: 200, body: { state: 'cancelled' } })
    expect(rig.inventory.effectsOf(id)).toEqual(['reserve', 'confirm', 'return'])
    expect(rig.payments.effectsOf(id)).toEqual(['authorise', 'capture', 'refund'])
    const events = await rig.rows(
      'SELECT type, data->>$2 AS cause FROM outbox WHERE subject = $1 ORDER BY seq',
      id,
      'cause',
    )
    expect(events).toEqual([
      { type: 'order.confirmed', cause: null },
      { type: 'order.cancelled', cause: 'customer' },
    ])
  })

  it('comes too late for an order that is being rejected or was', async () => {
    const held = holdOnce('end')
    rig.inventory.meddling = { before: held.hook }
    const customer = guest()
    const placed = place(one, customer, orderRequest({ card: '4000000000000002' }))
    await held.reached
    const [order] = await ordersOf(one, customer)
    expect(order?.state).toBe('rejecting')
    expect(await cancel(two, customer, order!.id)).toMatchObject({ status: 409, body: { code: 'wrong-state' } })
    held.letGo()
    expect((await placed).status).toBe(402)
    expect(await cancel(two, customer, order!.id)).toMatchObject({ status: 409, body: { code: 'wrong-state' } })
  })

  it('does not find another customer’s order, and changes nothing of it', async () => {
    const customer = guest()
    const { id } = Order.parse((await place(one, customer, orderRequest())).body)
    expect(await cancel(one, guest(), id)).toMatchObject({ status: 404, body: { code: 'not-found' } })
    expect(await cancel(one, customer, 'no-uuid')).toMatchObject({ status: 404 })
    expect(await stateOf(customer)).toBe('confirmed')
  })

  it('answers 202 while the refund cannot be made, and finishes when it can', async () => {
    const customer = guest()
    const { id } = Order.parse((await place(one, customer, orderRequest())).body)
    let down = true
    rig.payments.meddling.before = () => (down ? 'drop' : undefined)
    expect(await cancel(one, customer, id)).toMatchObject({ status: 202, body: { state: 'cancelling' } })
    down = false
    await expect.poll(() => stateOf(customer), { timeout: 8_000 }).toBe('cancelled')
    expect(rig.payments.effectsOf(id)).toEqual(['authorise', 'capture', 'refund'])
  })
})
