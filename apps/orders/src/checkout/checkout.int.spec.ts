/** Orders from the request to the last effect elsewhere, between real databases and neighbours that remember what was done to them. */
import { randomUUID } from 'node:crypto'
import { fieldMessage, Order } from '@meshmart/contracts'
import { withTrace } from '@meshmart/service-kit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { guest, ordersOf, orderRequest, OrdersRig, place, statesOf, type Replica } from '../testing/orders-rig.ts'
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
  rig.payments.pendingReads = 0
})

describe('a purchase that works', () => {
  it('reserves, authorises, confirms, captures, each once, at the prices of the reservation', async () => {
    const answer = await place(one, guest(), orderRequest())
    expect(answer.status).toBe(201)
    const order = Order.parse(answer.body)
    expect(answer.headers['location']).toBe(`/v1/orders/${order.id}`)
    expect(statesOf(order)).toEqual(['received', 'reserved', 'authorised', 'allocated', 'confirmed'])
    expect(order.total).toEqual({ amount: 2 * 1_450 + 8_900, currency: 'EUR' })
    expect(order.lines.map(({ name }) => name.en)).toEqual(['The MUG-DAWN', 'The LAMP-REED'])
    expect(order.card).toEqual({ brand: 'visa', last4: '4242' })
    expect(rig.payments.paymentOf(order.id)?.amount).toEqual(order.total)
    expect(rig.effectsOf(order.id)).toEqual(['reserve', 'confirm', 'authorise', 'capture'])
    const events = await rig.rows<{ type: string; data: object }>(
      'SELECT type, data FROM outbox WHERE subject = $1',
      order.id,
    )
    expect(events).toMatchObject([{ type: 'order.confirmed', data: { orderId: order.id, email: 'ada@example.com' } }])
  })

  it('belongs, with all that happens later, to the trace of the request that placed it', async () => {
    const traceId = randomUUID().replaceAll('-', '')
    const answer = await withTrace(`00-${traceId}-00f067aa0ba902b7-01`, 'test', () =>
      place(one, guest(), orderRequest()),
    )
    const order = Order.parse(answer.body)
    expect(order.traceId).toBe(traceId)
    const [saga] = await rig.rows<{ traceparent: string }>(
      'SELECT traceparent FROM checkout WHERE order_id = $1',
      order.id,
    )
    const [event] = await rig.rows<{ traceparent: string }>(
      'SELECT traceparent FROM outbox WHERE subject = $1',
      order.id,
    )
    expect([saga?.traceparent, event?.traceparent].map((field) => field?.split('-')[1])).toEqual([traceId, traceId])
  })

  it('tells the others through NATS', async () => {
    const { id } = Order.parse((await place(one, guest(), orderRequest())).body)
    const published = () =>
      rig.rows<{ at: Date | null }>('SELECT published_at AS at FROM outbox WHERE subject = $1', id)
    await expect.poll(async () => (await published())[0]?.at, { timeout: 5_000 }).toBeInstanceOf(Date)
  })

  it('leaves no card number and no CVC field in the database, no card number in the log, and sends it to tokens alone', async () => {
    await place(one, guest(), orderRequest())
    for (const table of ['orders', 'order_line', 'order_transition', 'checkout', 'outbox']) {
      const rows = await rig.rows<{ row: string }>(`SELECT t::text AS row FROM ${table} t`)
      expect(rows.filter(({ row }) => row.includes('4242424242424242') || row.includes('cvc'))).toEqual([])
    }
    expect(rig.logLines.filter((line) => line.includes('4242424242424242'))).toEqual([])
    expect(
      rig.payments.received.filter((body) => body.includes('4242424242424242') && !body.startsWith('{"card"')),
    ).toEqual([])
  })
})

describe('a purchase that is refused', () => {
  it.each([
    ['4000000000000002', 'card-declined'],
    ['4000000000009995', 'insufficient-funds'],
  ])('gives the stock back and charges nothing when card %s is declined', async (card, reason) => {
    const customer = guest()
    const answer = await place(one, customer, orderRequest({ card }))
    expect(answer).toMatchObject({
      status: 402,
      body: {
        code: 'payment-declined',
        detail: reason,
        errors: [{ field: 'payment.card.number', code: reason, message: fieldMessage(reason, 'en') }],
      },
    })
    const [order] = await ordersOf(one, customer)
    expect(order).toMatchObject({ state: 'rejected', rejection: reason })
    expect(statesOf(order!)).toEqual(['received', 'reserved', 'rejecting', 'rejected'])
    expect(rig.effectsOf(order!.id)).toEqual(['reserve', 'release', 'decline'])
  })

  it('names the items that are sold out, undoes nothing, and stays in the history with names', async () => {
    const customer = guest()
    const items = [
      { sku: 'MUG-DAWN', quantity: 1 },
      { sku: 'RARE-ONE', quantity: 1 },
    ]
    const answer = await place(one, customer, orderRequest({ items }))
    expect(answer).toMatchObject({
      status: 409,
      body: { code: 'sold-out', errors: [{ field: 'items.1.quantity', code: 'sold-out' }] },
    })
    const [order] = await ordersOf(one, customer)
    expect(order).toMatchObject({
      state: 'rejected',
      rejection: 'sold-out',
      lines: [{}, { name: { en: 'The RARE-ONE' } }],
    })
    expect(rig.effectsOf(order!.id)).toEqual([])
    // Inventory knows that the order is over: the same request, held up on its way, would get nothing.
    expect(rig.inventory.reservations.get(order!.id)).toMatchObject({ state: 'released', lines: [] })
  })

  it('names the items that do not exist, and records no order', async () => {
    const customer = guest()
    const seen = rig.payments.received.length
    const items = [
      { sku: 'MUG-DAWN', quantity: 1 },
      { sku: 'NO-SUCH', quantity: 1 },
    ]
    expect(await place(one, customer, orderRequest({ items }))).toMatchObject({
      status: 422,
      body: { code: 'unknown-sku', errors: [{ field: 'items.1.sku', code: 'unknown-sku' }] },
    })
    expect(await ordersOf(one, customer)).toEqual([])
    expect(rig.payments.received).toHaveLength(seen)
  })

  it('rejects the order when a product vanishes after it was looked up', async () => {
    const customer = guest()
    rig.inventory.stock.set('GONE-SOON', 5)
    rig.inventory.meddling.before = (call) => {
      if (call === 'reserve') rig.inventory.stock.delete('GONE-SOON')
    }
    expect(await place(one, customer, orderRequest({ items: [{ sku: 'GONE-SOON', quantity: 1 }] }))).toMatchObject({
      status: 422,
      body: { code: 'unknown-sku', errors: [{ field: 'items.0.sku', code: 'unknown-sku' }] },
    })
    const [order] = await ordersOf(one, customer)
    expect(order).toMatchObject({ state: 'rejected', rejection: null })
    expect(order!.history.map(({ cause }) => cause)).toContain('unknown-sku')
  })

  it('leaves it to the reservation when products cannot be looked up', async () => {
    rig.inventory.meddling.before = (call) => (call === 'describe' ? 'drop' : undefined)
    expect((await place(one, guest(), orderRequest())).status).toBe(201)
  })

  it('voids the authorisation when the hold has run out before the stock was confirmed', async () => {
    const customer = guest()
    rig.payments.meddling.after = (call) => {
      if (call === 'authorise') for (const { orderId } of rig.payments.effects.slice(-1)) rig.inventory.expire(orderId)
    }
    expect(await place(one, customer, orderRequest())).toMatchObject({ status: 409, body: { code: 'sold-out' } })
    const [order] = await ordersOf(one, customer)
    expect(statesOf(order!)).toEqual(['received', 'reserved', 'authorised', 'rejecting', 'rejected'])
    expect(rig.effectsOf(order!.id)).toEqual(['reserve', 'authorise', 'void'])
  })

  it('stores nothing when the card has expired or payments cannot be reached', async () => {
    const customer = guest()
    const expired = await place(one, customer, orderRequest({ expiry: '01/20' }))
    expect(expired).toMatchObject({
      status: 422,
      body: { code: 'card-expired', errors: [{ field: 'payment.card.expiry' }] },
    })
    rig.payments.meddling.before = () => 'drop'
    expect(await place(one, customer, orderRequest())).toMatchObject({
      status: 503,
      body: { code: 'upstream-unavailable' },
    })
    expect(await ordersOf(one, customer)).toEqual([])
  })
})

describe('an outcome that nobody knows', () => {
  it.each(['reserve', 'confirm'])('repeats %s when its answer is lost, with one effect', async (call) => {
    let lost = 0
    rig.inventory.meddling.after = (seen) => (seen === call && lost++ === 0 ? 'drop' : undefined)
    const order = Order.parse((await place(one, guest(), orderRequest())).body)
    expect(order.state).toBe('confirmed')
    expect(rig.effectsOf(order.id)).toEqual(['reserve', 'confirm', 'authorise', 'capture'])
    expect(lost).toBeGreaterThan(0)
  })

  it.each(['authorise', 'capture'])('repeats %s when its answer is lost, with one effect', async (call) => {
    let lost = 0
    rig.payments.meddling.after = (seen) => (seen === call && lost++ === 0 ? 'drop' : undefined)
    const order = Order.parse((await place(one, guest(), orderRequest())).body)
    expect(order.state).toBe('confirmed')
    expect(rig.effectsOf(order.id)).toEqual(['reserve', 'confirm', 'authorise', 'capture'])
  })

  it.each([
    ['4242424242424242', 201],
    ['4000000000000002', 402],
  ])('asks again while the payment of %s is pending, and guesses nothing', async (card, status) => {
    rig.payments.pendingReads = 3
    expect((await place(one, guest(), orderRequest({ card }))).status).toBe(status)
  })

  it('answers 202 with the place to look after five seconds, and finishes all the same', async () => {
    const customer = guest()
    let down = true
    rig.inventory.meddling.before = () => (down ? 'drop' : undefined)
    const key = randomUUID()
    const answer = await place(one, customer, orderRequest(), key)
    expect(answer.status).toBe(202)
    expect(answer.headers['location']).toBe(`/v1/orders/${String(answer.body['id'])}`)
    down = false
    const again = await place(two, customer, orderRequest(), key)
    expect(again).toMatchObject({ status: 201, body: { id: answer.body['id'], state: 'confirmed' } })
  })
})

describe('a lease that is lost while its holder works', () => {
  it('keeps what the old holder found out from being written, and the effects stay single', async () => {
    const held = holdOnce('authorise')
    rig.payments.meddling.after = held.hook
    const customer = guest()
    const placed = place(one, customer, orderRequest())
    await held.reached
    const [order] = await ordersOf(one, customer)
    await rig.rows(
      `UPDATE checkout SET claimed_by = 'thief', fence = fence + 1, lease_until = now() + interval '1 second' WHERE order_id = $1`,
      order!.id,
    )
    held.letGo()
    await expect
      .poll(() => rig.logLines.join(''), { timeout: 900 })
      .toContain('another replica has taken a checkout over')
    expect((await ordersOf(one, customer))[0]?.state).toBe('reserved')
    expect((await placed).status).toBe(201)
    expect(rig.effectsOf(order!.id)).toEqual(['reserve', 'confirm', 'authorise', 'capture'])
  })
})
