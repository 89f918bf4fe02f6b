import { Problem } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { email, key, openShop, password, put, shop, visitor } from '../testing/open-shop.ts'
import { purchase } from '../testing/shop.ts'

openShop()

describe('bad input', () => {
  const ordering = (body: unknown, headers: Record<string, string> = key()) =>
    visitor.ask('POST', '/api/v1/orders', { body, headers })
  it.each([
    ['an unknown field', { ...purchase(), coupon: 'x' }, { field: 'coupon', code: 'unknown' }],
    ['a missing field', { ...purchase(), email: undefined }, { field: 'email', code: 'required' }],
    ['a wrong type', { ...purchase(), items: 'all' }, { field: 'items', code: 'type' }],
    ['no quantity', purchase(0), { field: 'items.0.quantity', code: 'too-small' }],
    ['an absurd quantity', purchase(1e9), { field: 'items.0.quantity', code: 'too-big' }],
    ['nothing to buy', { ...purchase(), items: [] }, { field: 'items', code: 'too-small' }],
    [
      'a mistyped card number',
      { ...purchase(), payment: { card: { number: '4242424242424241', expiry: '12/40', cvc: '123' } } },
      { field: 'payment.card.number', code: 'card-number' },
    ],
  ])('names the field of %s', async (_what, body, error) => {
    const answer = await ordering(body)
    expect(Problem.parse(answer.json())).toMatchObject({ status: 400, code: 'invalid-request', errors: [error] })
    expect(shop.neighbours.asked).toEqual([])
  })

  it.each([
    ['U+0000', 'A\u0000da'],
    ['a line break', 'A\r\nda'],
    ['half of a surrogate pair', 'A\ud800da'],
  ])('keeps %s out of names', async (_what, name) => {
    const body = { ...purchase(), shippingAddress: { ...purchase().shippingAddress, name } }
    expect((await ordering(body)).json()).toMatchObject({
      status: 400,
      errors: [{ field: 'shippingAddress.name', code: 'format' }],
    })
    const registered = await visitor.ask('POST', '/api/v1/accounts', { body: { email: email(), name, password } })
    expect(registered.json()).toMatchObject({ status: 400, errors: [{ field: 'name', code: 'format' }] })
    expect(shop.neighbours.asked).toEqual([])
  })

  it('takes names of any language, and emoji', async () => {
    const body = { ...purchase(), shippingAddress: { ...purchase().shippingAddress, name: '张伟 O’Néill 🎁' } }
    expect((await ordering(body)).statusCode).toBe(201)
  })

  it('asks for an Idempotency-Key', async () => {
    expect((await ordering(purchase(), {})).json()).toMatchObject({
      status: 400,
      errors: [{ field: 'Idempotency-Key', code: 'required', message: 'is missing' }],
    })
  })

  it('refuses what is not small JSON from its own origin', async () => {
    const ask = (raw: string, headers = {}) => visitor.ask('PUT', '/api/v1/cart', { raw, headers })
    expect((await ask('{"items":')).json()).toMatchObject({ status: 400, code: 'invalid-json' })
    expect((await ask('{"items":[],"__proto__":{}}')).json()).toMatchObject({ status: 400, code: 'invalid-json' })
    expect((await ask('items=1', { 'content-type': 'application/x-www-form-urlencoded' })).json()).toMatchObject({
      status: 415,
    })
    expect((await ask('{"items":[]}', { 'content-type': 'text/plain' })).json()).toMatchObject({
      code: 'unsupported-media-type',
      errors: [{ field: 'Content-Type', code: 'choice' }],
    })
    expect((await ask('{"items":[]}', { 'content-encoding': 'gzip' })).json()).toMatchObject({
      status: 415,
      errors: [{ field: 'Content-Encoding', code: 'choice' }],
    })
    expect((await ask(JSON.stringify({ items: [], x: 'x'.repeat(65_536) }))).json()).toMatchObject({
      status: 413,
      code: 'body-too-large',
    })
    expect((await ask('{"items":[]}', { origin: 'https://evil.example' })).json()).toMatchObject({
      status: 403,
      code: 'not-allowed',
    })
    expect((await ask('{"items":[]}', { origin: 'http://localhost:80' })).statusCode).toBe(200)
  })

  it('knows its addresses and their methods', async () => {
    const unknown = await visitor.ask('GET', '/api/v1/nothing', { headers: { accept: 'text/html' } })
    expect(unknown.json()).toMatchObject({ status: 404, code: 'not-found' })
    expect((await visitor.ask('GET', '/api', { headers: { accept: 'text/html' } })).statusCode).toBe(404)
    const wrong = await visitor.ask('PATCH', '/api/v1/cart', { body: {} })
    expect(wrong.json()).toMatchObject({ status: 405, code: 'method-not-allowed' })
    expect(wrong.headers['allow']).toBe('GET, HEAD, PUT')
    expect((await visitor.ask('GET', '/api/v1/products?limit=1000')).json()).toMatchObject({
      errors: [{ field: 'limit', code: 'too-big' }],
    })
    for (const limit of ['0x10', '1e1', '', '-1'])
      expect((await visitor.ask('GET', `/api/v1/products?limit=${limit}`)).json(), limit).toMatchObject({
        errors: [{ field: 'limit', code: 'format' }],
      })
    expect((await visitor.ask('GET', '/api/v1/products?colour=red')).json()).toMatchObject({
      errors: [{ field: 'colour', code: 'unknown' }],
    })
    expect((await visitor.ask('GET', '/api/v1/products/mug')).json()).toMatchObject({ status: 404 })
    await put([])
    expect((await visitor.ask('GET', '/api/v1/orders?cursor=x')).json()).toMatchObject({
      errors: [{ field: 'cursor', code: 'format' }],
    })
  })
})
