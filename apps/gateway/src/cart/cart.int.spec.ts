import { randomUUID } from 'node:crypto'
import { Cart } from '@meshmart/contracts'
import { describe, expect, it, vi } from 'vitest'
import { product } from '../testing/neighbours.ts'
import { contents, email, key, openShop, password, put, shop, visitor } from '../testing/open-shop.ts'
import { purchase } from '../testing/shop.ts'

openShop()

const customersAsked = (): unknown[] => shop.neighbours.asked.map((asked) => asked.headers['x-customer-id'])

describe('the cart', () => {
  it('is empty for a stranger and makes no session by being looked at', async () => {
    const answer = await visitor.ask('GET', '/api/v1/cart')
    expect(answer.json()).toEqual({ lines: [], total: { amount: 0, currency: 'EUR' }, gone: [] })
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  it('keeps what a guest puts in, at the prices of the moment, and says what is no longer sold', async () => {
    const answer = await put([
      { sku: 'PEN-BLUE', quantity: 3 },
      { sku: 'MUG-DAWN', quantity: 2 },
    ])
    expect(Cart.parse(answer.json()).total.amount).toBe(3 * 320 + 2 * 1850)
    expect(await contents()).toEqual(['3 PEN-BLUE', '2 MUG-DAWN'])
    const pen = shop.neighbours.products.get('PEN-BLUE')!
    try {
      shop.neighbours.products.set('MUG-DAWN', product('MUG-DAWN', 1000))
      shop.neighbours.withdrawn.add('PEN-BLUE')
      const read = async () => Cart.parse((await visitor.ask('GET', '/api/v1/cart')).json())
      expect(await read()).toMatchObject({
        lines: [{ quantity: 2 }],
        total: { amount: 2000 },
        gone: [{ sku: 'PEN-BLUE', quantity: 3, name: pen.name }],
      })
      expect((await put([{ sku: 'PEN-BLUE', quantity: 1 }])).json()).toMatchObject({ status: 422, code: 'unknown-sku' })
      shop.neighbours.withdrawn.delete('PEN-BLUE')
      expect(await read()).toMatchObject({ lines: [{ quantity: 3 }, { quantity: 2 }], gone: [] })
      shop.neighbours.withdrawn.add('PEN-BLUE')
      // Whoever changes the cart from what they see leaves it out.
      await put([{ sku: 'MUG-DAWN', quantity: 2 }])
      shop.neighbours.withdrawn.delete('PEN-BLUE')
      expect(await contents()).toEqual(['2 MUG-DAWN'])
    } finally {
      shop.neighbours.withdrawn.clear()
      shop.neighbours.products.set('MUG-DAWN', product('MUG-DAWN', 1850))
    }
  })

  it('names each line with an unknown product and changes nothing', async () => {
    expect((await put([{ sku: 'NO-SUCH', quantity: 1 }])).headers['set-cookie']).toBeUndefined()
    await put([{ sku: 'MUG-DAWN', quantity: 1 }])
    const answer = await put([
      { sku: 'MUG-DAWN', quantity: 2 },
      { sku: 'NO-SUCH', quantity: 1 },
    ])
    expect(answer.json()).toMatchObject({
      status: 422,
      code: 'unknown-sku',
      errors: [{ field: 'items.1.sku', code: 'unknown-sku' }],
    })
    expect(await contents()).toEqual(['1 MUG-DAWN'])
  })

  it('is replaced only by who has seen it, where they say what they saw', async () => {
    const strange = await visitor.ask('GET', '/api/v1/cart')
    const replace = (sku: string, tag: unknown) =>
      visitor.ask('PUT', '/api/v1/cart', {
        body: { items: [{ sku, quantity: 1 }] },
        headers: { 'if-match': String(tag) },
      })
    const first = await replace('MUG-DAWN', strange.headers['etag'])
    expect(first.statusCode).toBe(200)
    expect((await replace('PEN-BLUE', strange.headers['etag'])).json()).toMatchObject({
      status: 412,
      code: 'precondition-failed',
    })
    expect(await contents()).toEqual(['1 MUG-DAWN'])
    expect((await visitor.ask('GET', '/api/v1/cart')).headers['etag']).toBe(first.headers['etag'])
    const tabs = await Promise.all(
      ['PEN-BLUE', 'PEN-BLUE', 'PEN-BLUE'].map((sku) => replace(sku, first.headers['etag'])),
    )
    expect(tabs.map(({ statusCode }) => statusCode).sort()).toEqual([200, 412, 412])
    // The price is not in the cart's tag: it changes without anybody's doing.
    const before = (await visitor.ask('GET', '/api/v1/cart')).headers['etag']
    const mug = shop.neighbours.products.get('MUG-DAWN')!
    try {
      shop.neighbours.products.set('MUG-DAWN', product('MUG-DAWN', 1))
      expect((await visitor.ask('GET', '/api/v1/cart')).headers['etag']).toBe(before)
    } finally {
      shop.neighbours.products.set('MUG-DAWN', mug)
    }
  })

  it('goes along when its guest signs in, and joins what the account had', async () => {
    const address = email()
    await visitor.ask('POST', '/api/v1/accounts', { body: { email: address, name: 'Ada', password } })
    await put([{ sku: 'MUG-DAWN', quantity: 1 }])
    await visitor.ask('DELETE', '/api/v1/session')
    await put([
      { sku: 'PEN-BLUE', quantity: 1 },
      { sku: 'MUG-DAWN', quantity: 2 },
    ])
    const guestCookie = visitor.cookies.get('meshmart_session')!
    await visitor.ask('POST', '/api/v1/session', { body: { email: address, password } })
    expect(visitor.cookies.get('meshmart_session')).not.toBe(guestCookie)
    expect(await contents()).toEqual(['3 MUG-DAWN', '1 PEN-BLUE'])
  })

  it('loses what was bought exactly once, however often the event comes', async () => {
    await put([
      { sku: 'MUG-DAWN', quantity: 5 },
      { sku: 'PEN-BLUE', quantity: 1 },
    ])
    await visitor.ask('POST', '/api/v1/orders', { body: purchase(), headers: key() })
    const customerId = String(customersAsked().find(Boolean))
    // The guest signs in before the event arrives: the cart has moved.
    await visitor.ask('POST', '/api/v1/accounts', { body: { email: email(), name: 'Ada', password } })
    const event = {
      id: randomUUID(),
      type: 'order.confirmed',
      version: 1,
      source: 'orders',
      subject: randomUUID(),
      time: new Date().toISOString(),
      traceparent: null,
      data: {
        orderId: randomUUID(),
        customerId,
        total: { amount: 1, currency: 'EUR' },
        email: 'ada@example.org',
        lines: [
          { sku: 'MUG-DAWN', quantity: 2 },
          { sku: 'PEN-BLUE', quantity: 1 },
        ],
      },
    }
    const publish = (id: string): void =>
      shop.nats.connection.publish('events.order.confirmed', JSON.stringify({ ...event, id }))
    publish(event.id)
    publish(event.id)
    await vi.waitFor(async () => expect(await contents()).toEqual(['3 MUG-DAWN']), { timeout: 10_000 })
    // A later event shows that both copies have been through.
    publish(randomUUID())
    await vi.waitFor(async () => expect(await contents()).toEqual(['1 MUG-DAWN']), { timeout: 10_000 })
  })
})
