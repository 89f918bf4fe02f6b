/** A replica dies at every boundary of the saga; the other one finishes, and every effect elsewhere has happened exactly once. */
import { randomUUID } from 'node:crypto'
import { Order } from '@meshmart/contracts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { CheckoutStore } from '../persistence/checkout-store.ts'
import { CrashingCheckoutStore } from '../testing/crashing-checkout-store.ts'
import {
  giveBack,
  guest,
  ordersOf,
  orderRequest,
  OrdersRig,
  place,
  statesOf,
  type Replica,
} from '../testing/orders-rig.ts'
import { CheckoutWorker } from './worker.ts'

let rig: OrdersRig
let doomed: Replica
let survivor: Replica
let store: CrashingCheckoutStore

beforeAll(async () => {
  rig = await OrdersRig.open()
  doomed = await rig.startReplica('orders-1', [{ provide: CheckoutStore, useClass: CrashingCheckoutStore }])
  survivor = await rig.startReplica('orders-2')
  store = doomed.get<CheckoutStore, CrashingCheckoutStore>(CheckoutStore)
  // The e-mail carries the plan, because nobody knows an order's id before it is placed.
  store.planOf = async (orderId) => {
    const [row] = await rig.rows<{ email: string }>('SELECT email FROM orders WHERE id = $1', orderId)
    const [, when, write] = /^(before|after)-(\d)(?:@|-return)/.exec(row?.email ?? '') ?? []
    return when === 'before' || when === 'after' ? { when, write: Number(write) } : null
  }
})
afterAll(() => rig.close())

const boundaries = (writes: number): ['before' | 'after', number][] =>
  Array.from({ length: writes }, (_, write) => write).flatMap((write) => [
    ['before', write],
    ['after', write],
  ])
/** The gateway's retry: the same request under the same key, at the replica that lives. */
async function placeAndRetry(when: string, write: number, card: string) {
  const customer = guest()
  const key = randomUUID()
  const request = { ...orderRequest({ card }), email: `${when}-${write}@example.com` }
  const lost = place(doomed, customer, request, key)
  const stored = () => rig.rows('SELECT 1 FROM orders WHERE customer_id = $1', customer)
  await vi.waitFor(async () => expect(await stored()).toHaveLength(1), { timeout: 10_000 })
  let answer = await place(survivor, customer, request, key)
  while (answer.status === 202) answer = await place(survivor, customer, request, key)
  await lost
  const orders = await ordersOf(survivor, customer)
  return { answer, orders, id: orders[0]!.id }
}

describe('a replica that dies', () => {
  it.concurrent.each(boundaries(4))('%s write %i of a purchase: the other confirms it', async (when, write) => {
    const { answer, orders, id } = await placeAndRetry(when, write, '4242424242424242')
    expect(answer.status).toBe(201)
    expect(statesOf(Order.parse(answer.body))).toEqual(['received', 'reserved', 'authorised', 'allocated', 'confirmed'])
    expect(orders).toHaveLength(1)
    await vi.waitFor(() => expect(store.crashed.has(id)).toBe(true))
    expect(rig.inventory.effectsOf(id)).toEqual(['reserve', 'confirm'])
    expect(rig.payments.effectsOf(id)).toEqual(['authorise', 'capture'])
    expect(await rig.rows('SELECT type FROM outbox WHERE subject = $1', id)).toEqual([{ type: 'order.confirmed' }])
  })

  it.concurrent.each(boundaries(3))('%s write %i of a refusal: the other undoes it', async (when, write) => {
    const { answer, orders, id } = await placeAndRetry(when, write, '4000000000000002')
    expect(answer.status).toBe(402)
    expect(orders.map(statesOf)).toEqual([['received', 'reserved', 'rejecting', 'rejected']])
    await vi.waitFor(() => expect(store.crashed.has(id)).toBe(true))
    expect(rig.inventory.effectsOf(id)).toEqual(['reserve', 'release'])
    expect(rig.payments.effectsOf(id)).toEqual(['decline'])
    expect(await rig.rows('SELECT type FROM outbox WHERE subject = $1', id)).toEqual([{ type: 'order.rejected' }])
  })

  it.concurrent.each(boundaries(2))('%s write %i of a return: the other makes it', async (when, write) => {
    const customer = guest()
    // The purchase itself has four writes, and goes through.
    const request = { ...orderRequest(), email: `${when}-${write + 4}-return@example.com` }
    const { id } = Order.parse((await place(doomed, customer, request)).body)
    const key = randomUUID()
    const lines = [{ sku: 'MUG-DAWN', quantity: 1 }]
    // Claimed before it is asked for, so that it is the doomed one that begins it.
    const [claimed] = await rig.rows<{ fence: number }>(
      `UPDATE checkout SET claimed_by = 'orders-1', fence = fence + 1, lease_until = now() + interval '3 seconds'
       WHERE order_id = $1 RETURNING fence`,
      id,
    )
    const lost = giveBack(doomed, customer, id, lines, key)
    const asked = () => rig.rows('SELECT 1 FROM order_return WHERE order_id = $1', id)
    await vi.waitFor(async () => expect(await asked()).toHaveLength(1), { timeout: 10_000 })
    void doomed.get(CheckoutWorker).take({ orderId: id, fence: claimed!.fence, worker: 'orders-1', traceparent: null })
    await vi.waitFor(() => expect(store.crashed.has(id)).toBe(true), { timeout: 10_000 })
    let answer = await giveBack(survivor, customer, id, lines, key)
    while (answer.status === 202) answer = await giveBack(survivor, customer, id, lines, key)
    expect(answer).toMatchObject({ status: 201, body: { state: 'confirmed', returns: [{ state: 'returned' }] } })
    await lost
    expect(rig.inventory.effectsOf(id)).toEqual(['reserve', 'confirm', 'take-back'])
    expect(rig.payments.effectsOf(id)).toEqual(['authorise', 'capture', 'refund 1450'])
    const events = await rig.rows('SELECT type FROM outbox WHERE subject = $1 ORDER BY seq', id)
    expect(events).toEqual([{ type: 'order.confirmed' }, { type: 'order.returned' }])
  })
})
