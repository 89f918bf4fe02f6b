/** What a request to place an order may look like, and what the same request twice comes to. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guest, ordersOf, orderRequest, OrdersRig, place, type Replica } from '../testing/orders-rig.ts'

let rig: OrdersRig
let one: Replica
let two: Replica

beforeAll(async () => {
  rig = await OrdersRig.open()
  one = await rig.startReplica('orders-1')
  two = await rig.startReplica('orders-2')
})
afterAll(() => rig.close())

describe('the same Idempotency-Key', () => {
  it('makes one order of many requests at once on both replicas', async () => {
    const customer = guest()
    const key = randomUUID()
    const answers = await Promise.all(
      [one, two, one, two, one, two].map((replica) => place(replica, customer, orderRequest(), key)),
    )
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201, 201])
    expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(1)
    expect(rig.effectsOf(String(answers[0]!.body['id']))).toEqual(['reserve', 'confirm', 'authorise', 'capture'])
  })

  it('is refused with another body, belongs to one customer, and repeats a refusal', async () => {
    const customer = guest()
    const key = randomUUID()
    const first = await place(one, customer, orderRequest({ card: '4000000000000002' }), key)
    expect(first.status).toBe(402)
    expect(await place(two, customer, orderRequest({ card: '4000000000000002' }), key)).toMatchObject({ status: 402 })
    expect(await place(two, customer, orderRequest(), key)).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused' },
    })
    expect((await place(two, guest(), orderRequest(), key)).status).toBe(201)
    expect(await ordersOf(one, customer)).toHaveLength(1)
  })
})

describe('bad input', () => {
  it('names the field and stores nothing', async () => {
    const missing = await one.inject({
      method: 'POST',
      url: '/v1/orders',
      headers: { 'x-customer-id': guest() },
      payload: orderRequest(),
    })
    expect(missing.json()).toMatchObject({ status: 400, errors: [{ field: 'Idempotency-Key' }] })
    expect(await place(one, 'somebody', orderRequest())).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'x-customer-id' }] },
    })
    const customer = guest()
    expect(await place(one, customer, orderRequest({ card: '4242424242424241' }))).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'payment.card.number', code: 'card-number' }] },
    })
    expect(await ordersOf(one, customer)).toEqual([])
  })
})
