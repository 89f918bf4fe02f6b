/** A purchase through the public API, and everything that may be wrong with one. */
import { randomUUID } from 'node:crypto'
import { Order, Problem, ProductPage } from '@meshmart/contracts'
import { describe, expect, inject, test } from 'vitest'
import { Customer, MUG, orderOf } from '../testing/client.ts'

const { url } = inject('shop')

describe('a purchase', () => {
  test('is confirmed, is charged once, and takes one from the stock', async () => {
    const customer = new Customer(url)
    const available = async () =>
      (await customer.products('?limit=100')).items.find((product) => product.sku === MUG)!.stock.available
    const before = await available()
    const key = randomUUID()
    const order = await customer.decided(await customer.buy(orderOf(MUG, 2), key))
    expect(order.state).toBe('confirmed')
    expect(order.history.map((transition) => transition.state)).toEqual([
      'received',
      'reserved',
      'authorised',
      'allocated',
      'confirmed',
    ])
    expect(Order.parse((await customer.buy(orderOf(MUG, 2), key)).body).id).toBe(order.id)
    expect(await available()).toBe(before - 2)
  })

  test('can be cancelled afterwards, and the stock is back', async () => {
    const customer = new Customer(url)
    const available = async () =>
      (await customer.products('?limit=100')).items.find((product) => product.sku === MUG)!.stock.available
    const before = await available()
    const order = await customer.decided(await customer.buy(orderOf(MUG)))
    const answer = await customer.call('POST', `/api/v1/orders/${order.id}/cancel`)
    expect([200, 202]).toContain(answer.status)
    const cancelled = await customer.decided({ ...answer, status: 202 })
    expect(cancelled.state).toBe('cancelled')
    expect(await available()).toBe(before)
  })

  test("is nobody else's business", async () => {
    const buyer = new Customer(url)
    const mine = await buyer.decided(await buyer.buy(orderOf(MUG)))
    const stranger = new Customer(url)
    expect((await stranger.call('GET', `/api/v1/orders/${mine.id}`)).status).toBe(401)
    await stranger.call('PUT', '/api/v1/cart', { items: [{ sku: MUG, quantity: 1 }] })
    expect(stranger.cookie).toBeDefined()
    expect((await stranger.call('GET', `/api/v1/orders/${mine.id}`)).status).toBe(404)
    expect((await stranger.call('POST', `/api/v1/orders/${mine.id}/cancel`)).status).toBe(404)
  })
})

describe('a purchase that cannot be', () => {
  const soldOut = async (customer: Customer) => {
    const { items } = ProductPage.parse((await customer.call('GET', '/api/v1/products?limit=100')).body)
    return items.find((product) => product.stock.available === 0)!.sku
  }

  test.each([
    ['declined', 'decline', 'card-declined'],
    ['without cover', 'insufficient-funds', 'insufficient-funds'],
  ] as const)('a card that is %s answers 402 and takes no stock', async (_, behaviour, reason) => {
    const customer = new Customer(url)
    const answer = await customer.buy(orderOf(MUG, 1, behaviour))
    expect(answer.status).toBe(402)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(JSON.stringify(answer.body)).toContain(reason)
  })

  test('sold out answers 409 and names the line', async () => {
    const customer = new Customer(url)
    const answer = await customer.buy(orderOf(await soldOut(customer)))
    expect(answer.status).toBe(409)
    expect(Problem.parse(answer.body)).toMatchObject({ code: 'sold-out', errors: [{ field: 'items.0.quantity' }] })
  })

  test.each([
    ['an unknown field', { ...orderOf(MUG), coupon: 'X' }, 'coupon'],
    ['quantity 0', orderOf(MUG, 0), 'items.0.quantity'],
    ['quantity 10^9', orderOf(MUG, 1_000_000_000), 'items.0.quantity'],
    ['a wrong type', { ...orderOf(MUG), email: 7 }, 'email'],
    ['an unknown SKU', orderOf('NO-SUCH'), 'items.0.sku'],
  ])('%s is refused and named', async (_, body, field) => {
    const customer = new Customer(url)
    for (const [language, word] of [
      ['en', /[a-z]/],
      ['zh-CN', /[\u4e00-\u9fff]/],
    ] as const) {
      const answer = await customer.call('POST', '/api/v1/orders', body, {
        'idempotency-key': randomUUID(),
        'accept-language': language,
      })
      expect([400, 422]).toContain(answer.status)
      const problem = Problem.parse(answer.body)
      expect(problem.errors?.map((error) => error.field)).toContain(field)
      expect(problem.title).toMatch(word)
    }
  })

  test('a replayed key with another body is refused', async () => {
    const customer = new Customer(url)
    const key = randomUUID()
    await customer.decided(await customer.buy(orderOf(MUG), key))
    const answer = await customer.buy(orderOf(MUG, 2), key)
    expect(answer.status).toBe(422)
    expect(Problem.parse(answer.body).code).toBe('idempotency-key-reused')
  })

  test('bad JSON, a wrong content type, a missing key, an expired card, a forged cookie', async () => {
    const customer = new Customer(url)
    const post = (body: unknown, headers: Record<string, string>) =>
      customer.call('POST', '/api/v1/orders', body, headers)
    const key = { 'idempotency-key': randomUUID() }
    expect(Problem.parse((await post('{', key)).body).code).toBe('invalid-json')
    expect((await post(JSON.stringify(orderOf(MUG)), { ...key, 'content-type': 'text/plain' })).status).toBe(415)
    expect(Problem.parse((await post(orderOf(MUG), {})).body).errors?.[0]?.field.toLowerCase()).toBe('idempotency-key')
    const expired = orderOf(MUG)
    expired.payment.card.expiry = '01/20'
    expect(Problem.parse((await post(expired, { 'idempotency-key': randomUUID() })).body).code).toBe('card-expired')
    const forged = await customer.call('GET', '/api/v1/cart', undefined, {
      cookie: 'meshmart_session=forged.signature',
    })
    expect(forged.status).toBe(401)
    expect(Problem.parse(forged.body).code).toBe('invalid-session')
  })
})
