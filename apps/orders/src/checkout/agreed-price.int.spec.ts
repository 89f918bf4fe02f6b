/** What a customer has agreed to pay is what is charged, or nothing is: whatever inventory says by then, and whichever replica finds out. */
import { randomUUID } from 'node:crypto'
import { Order, type Money } from '@meshmart/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { CheckoutStore } from '../persistence/checkout-store.ts'
import { CrashingCheckoutStore } from '../testing/crashing-checkout-store.ts'
import { guest, ordersOf, orderRequest, OrdersRig, place, statesOf, type Replica } from '../testing/orders-rig.ts'

let rig: OrdersRig
let doomed: Replica
let two: Replica
let store: CrashingCheckoutStore

const euros = (amount: number): Money => ({ amount, currency: 'EUR' })
/** Two mugs and a lamp. */
const now = euros(2 * 1_450 + 8_900)
const agreedTo = (total: Money) => ({ ...orderRequest(), total })
const priceChanged = {
  status: 409,
  body: { code: 'price-changed', errors: [{ field: 'total', code: 'price-changed' }] },
}

beforeAll(async () => {
  rig = await OrdersRig.open()
  doomed = await rig.startReplica('orders-1', [{ provide: CheckoutStore, useClass: CrashingCheckoutStore }])
  two = await rig.startReplica('orders-2')
  store = doomed.get<CheckoutStore, CrashingCheckoutStore>(CheckoutStore)
})
afterAll(() => rig.close())
beforeEach(() => {
  rig.inventory.meddling = {}
  rig.payments.meddling = {}
  rig.inventory.prices.set('MUG-DAWN', 1_450)
  store.planOf = () => Promise.resolve(null)
})

describe('an agreed price', () => {
  it('that is still the price is charged', async () => {
    const order = Order.parse((await place(two, guest(), agreedTo(now))).body)
    expect(order).toMatchObject({ state: 'confirmed', total: now })
    expect(rig.payments.paymentOf(order.id)?.amount).toEqual(now)
  })

  it.each([
    ['dearer', now, 1_451],
    ['cheaper', now, 1_449],
    ['in another currency', { ...now, currency: 'USD' }, 1_450],
  ])(
    'that has become %s orders nothing, and the customer is told the same under the same key',
    async (_how, total, mug) => {
      const customer = guest()
      const key = randomUUID()
      const stock = new Map(rig.inventory.stock)
      rig.inventory.prices.set('MUG-DAWN', mug)
      expect(await place(two, customer, agreedTo(total), key)).toMatchObject(priceChanged)
      expect(await place(two, customer, agreedTo(total), key)).toMatchObject(priceChanged)
      const [order, ...others] = await ordersOf(two, customer)
      expect(others).toEqual([])
      // What it would cost now can be looked at.
      expect(order).toMatchObject({ state: 'rejected', rejection: 'price-changed', total: euros(2 * mug + 8_900) })
      expect(order!.history.map(({ state, cause }) => [state, cause])).toEqual([
        ['received', 'checkout'],
        ['rejecting', 'price-changed'],
        ['rejected', 'price-changed'],
      ])
      expect(rig.effectsOf(order!.id)).toEqual(['reserve', 'release'])
      expect(rig.payments.paymentOf(order!.id)).toBeUndefined()
      expect(rig.inventory.stock).toEqual(stock)
      const events = await rig.rows('SELECT type, data FROM outbox WHERE subject = $1', order!.id)
      expect(events).toMatchObject([{ type: 'order.rejected', data: { cause: 'price-changed' } }])
    },
  )

  it('is part of what a key stands for', async () => {
    const customer = guest()
    const key = randomUUID()
    expect((await place(two, customer, agreedTo(now), key)).status).toBe(201)
    const reused = { status: 422, body: { code: 'idempotency-key-reused' } }
    expect(await place(two, customer, agreedTo(euros(1)), key)).toMatchObject(reused)
    expect(await place(two, customer, orderRequest(), key)).toMatchObject(reused)
  })

  it('is asked of nobody', async () => {
    rig.inventory.prices.set('MUG-DAWN', 1_600)
    expect(await place(two, guest(), orderRequest())).toMatchObject({ status: 201, body: { total: euros(12_100) } })
  })

  it('stands once it is reserved: an edit while the answer is lost changes nothing', async () => {
    rig.inventory.meddling.after = (call) => {
      if (call !== 'reserve' || rig.inventory.prices.get('MUG-DAWN') !== 1_450) return undefined
      rig.inventory.prices.set('MUG-DAWN', 1_600)
      return 'drop'
    }
    const order = Order.parse((await place(two, guest(), agreedTo(now))).body)
    expect(rig.inventory.prices.get('MUG-DAWN')).toBe(1_600)
    expect(order).toMatchObject({ state: 'confirmed', total: now })
    expect(rig.effectsOf(order.id)).toEqual(['reserve', 'confirm', 'authorise', 'capture'])
  })

  it.each([
    ['before', 0],
    ['after', 0],
    ['before', 1],
    ['after', 1],
  ] as const)(
    'that has changed is known to the next replica, too, where the first one dies %s write %i',
    async (when, write) => {
      rig.inventory.prices.set('MUG-DAWN', 1_600)
      store.planOf = () => Promise.resolve({ when, write })
      const customer = guest()
      const key = randomUUID()
      const lost = place(doomed, customer, agreedTo(now), key)
      const stored = () => rig.rows('SELECT 1 FROM orders WHERE customer_id = $1', customer)
      await vi.waitFor(async () => expect(await stored()).toHaveLength(1), { timeout: 10_000 })
      let answer = await place(two, customer, agreedTo(now), key)
      while (answer.status === 202) answer = await place(two, customer, agreedTo(now), key)
      await lost
      expect(answer).toMatchObject(priceChanged)
      const [order] = await ordersOf(two, customer)
      expect(statesOf(order!)).toEqual(['received', 'rejecting', 'rejected'])
      expect(store.crashed.has(order!.id)).toBe(true)
      expect(rig.effectsOf(order!.id)).toEqual(['reserve', 'release'])
      const events = await rig.rows('SELECT type FROM outbox WHERE subject = $1', order!.id)
      expect(events).toEqual([{ type: 'order.rejected' }])
    },
  )
})
