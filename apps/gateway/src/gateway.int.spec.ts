import { randomUUID } from 'node:crypto'
import { Cart, Health, Journey, type OrderList, Problem, Session, type TraceSpan } from '@meshmart/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { Expiry } from './sessions/expiry.ts'
import { hashSessionId, signSessionId } from './sessions/session-cookie.ts'
import { product, traceId } from './testing/neighbours.ts'
import { demoPassword, purchase, sessionSecret, type Shop, startShop, Visitor } from './testing/shop.ts'

let shop: Shop
let visitor: Visitor
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(() => {
  visitor = new Visitor(shop.app)
  shop.neighbours.asked.length = 0
})

const email = (): string => `${randomUUID()}@example.org`
const password = 'correct horse battery'
const key = (): Record<string, string> => ({ 'idempotency-key': randomUUID() })
const customersAsked = (): unknown[] => shop.neighbours.asked.map((asked) => asked.headers['x-customer-id'])
const put = (items: object[]) => visitor.ask('PUT', '/api/v1/cart', { body: { items } })
const contents = async (): Promise<string[]> =>
  Cart.parse((await visitor.ask('GET', '/api/v1/cart')).json()).lines.map(
    (line) => `${line.quantity} ${line.product.sku}`,
  )

describe('accounts and sessions', () => {
  it('registers, says who is signed in, signs out, and signs in again', async () => {
    const address = email()
    const registered = await visitor.ask('POST', '/api/v1/accounts', {
      body: { email: address.toUpperCase(), name: 'Ada', password },
    })
    expect(registered.statusCode).toBe(201)
    expect(registered.json()).toMatchObject({ email: address, name: 'Ada', role: 'customer' })
    expect(registered.headers['set-cookie']).toMatch(
      /^meshmart_session=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    expect(Session.parse((await visitor.ask('GET', '/api/v1/session')).json()).account?.email).toBe(address)

    const left = new Map(visitor.cookies)
    expect((await visitor.ask('DELETE', '/api/v1/session')).statusCode).toBe(204)
    expect(visitor.cookies.size).toBe(0)
    expect((await visitor.ask('GET', '/api/v1/session')).json()).toEqual({ account: null })
    for (const [name, value] of left) visitor.cookies.set(name, value)
    expect((await visitor.ask('GET', '/api/v1/session')).json()).toMatchObject({ status: 401, code: 'invalid-session' })
    expect(visitor.cookies.size).toBe(0)

    const signedIn = await visitor.ask('POST', '/api/v1/session', { body: { email: address, password } })
    expect(signedIn.statusCode).toBe(201)
    expect(Session.parse(signedIn.json()).account?.name).toBe('Ada')
  })

  it('marks the cookie Secure for readers who came over HTTPS', async () => {
    const headers = { 'x-forwarded-proto': 'https' }
    const answer = await visitor.ask('PUT', '/api/v1/cart', { headers, body: { items: [] } })
    expect(answer.headers['set-cookie']).toMatch(/; Secure/)
    expect(answer.headers['strict-transport-security']).toBeDefined()
  })

  it('keeps neither session ids nor passwords in the database', async () => {
    await visitor.ask('POST', '/api/v1/accounts', { body: { email: email(), name: 'Ada', password } })
    const id = decodeURIComponent(visitor.cookies.get('meshmart_session')!).split('.')[0]!
    const stored = JSON.stringify([await shop.prisma.session.findMany(), await shop.prisma.account.findMany()])
    expect(stored).not.toContain(password)
    expect(await shop.prisma.session.count({ where: { idHash: Buffer.from(id, 'base64url') } })).toBe(0)
  })

  it('answers an unknown e-mail like a wrong password, and a taken one with a conflict', async () => {
    const address = email()
    await visitor.ask('POST', '/api/v1/accounts', { body: { email: address, name: 'Ada', password } })
    const wrong = await visitor.ask('POST', '/api/v1/session', { body: { email: address, password: 'wrong' } })
    const unknown = await visitor.ask('POST', '/api/v1/session', { body: { email: email(), password: 'wrong' } })
    expect(wrong.statusCode).toBe(401)
    expect({ ...wrong.json(), traceId: '' }).toEqual({ ...unknown.json(), traceId: '' })
    const taken = await visitor.ask('POST', '/api/v1/accounts', { body: { email: address, name: 'Eve', password } })
    expect(taken.json()).toMatchObject({
      status: 409,
      code: 'email-taken',
      errors: [{ field: 'email', code: 'taken' }],
    })
  })

  it('slows down who tries passwords, and only there', async () => {
    const address = email()
    const attempt = (from: string) =>
      visitor.ask('POST', '/api/v1/session', {
        headers: { 'x-forwarded-for': `1.2.3.4, ${from}` },
        body: { email: address, password: 'wrong' },
      })
    for (let i = 0; i < 10; i++) expect((await attempt('192.0.2.1')).statusCode).toBe(401)
    const refused = await attempt('192.0.2.1')
    expect(refused.json()).toMatchObject({ status: 429, code: 'too-many-requests' })
    expect(refused.headers['retry-after']).toBe('300')
    expect((await attempt('192.0.2.2')).statusCode).toBe(401)
  })

  it.each([
    ['unsigned', 'abc'],
    ['signed by somebody else', signSessionId('abc', 'another secret of 32 bytes or more')],
    ['signed, but never given out', signSessionId('abc', sessionSecret)],
  ])('refuses a cookie that is %s, takes it away, and does nothing', async (_what, value) => {
    for (const [method, path, body] of [
      ['GET', '/api/v1/session', undefined],
      ['GET', '/api/v1/orders', undefined],
      ['PUT', '/api/v1/cart', { items: [] }],
      ['POST', '/api/v1/orders', purchase()],
    ] as const) {
      visitor.cookies.set('meshmart_session', encodeURIComponent(value))
      const answer = await visitor.ask(method, path, { body, headers: key() })
      expect(answer.json(), path).toMatchObject({ status: 401, code: 'invalid-session' })
      expect(visitor.cookies.size).toBe(0)
    }
    expect(shop.neighbours.asked).toEqual([])
  })

  it('makes the demo accounts with the password that it was given', async () => {
    for (const [address, role] of [
      ['demo@meshmart.example', 'customer'],
      ['admin@meshmart.example', 'admin'],
    ]) {
      const answer = await visitor.ask('POST', '/api/v1/session', { body: { email: address, password: demoPassword } })
      expect(Session.parse(answer.json()).account).toMatchObject({ email: address, role })
    }
  })
})

describe('expiry', () => {
  it('ends sessions after thirty days, and forgets what nobody can come back to', async () => {
    await put([{ sku: 'MUG-DAWN', quantity: 1 }])
    const past = new Date(Date.now() - 31 * 24 * 3_600_000)
    const id = decodeURIComponent(visitor.cookies.get('meshmart_session')!).split('.')[0]!
    const guestId = (await shop.prisma.session.findUniqueOrThrow({ where: { idHash: hashSessionId(id) } })).guestId
    await shop.owner(`UPDATE session SET expires_at = '${past.toISOString()}' WHERE guest_id = '${guestId}'`)
    await shop.owner(`UPDATE cart_line SET updated_at = '${past.toISOString()}' WHERE customer_id = 'guest:${guestId}'`)
    expect((await visitor.ask('GET', '/api/v1/cart')).json()).toMatchObject({ status: 401, code: 'invalid-session' })
    await shop.app.get(Expiry).sweep()
    expect(await shop.prisma.session.count({ where: { guestId } })).toBe(0)
    expect(await shop.prisma.cartLine.count({ where: { customerId: `guest:${guestId}` } })).toBe(0)
  })
})

describe('the cart', () => {
  it('is empty for a stranger and makes no session by being looked at', async () => {
    const answer = await visitor.ask('GET', '/api/v1/cart')
    expect(answer.json()).toEqual({ lines: [], total: { amount: 0, currency: 'EUR' } })
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  it('keeps what a guest puts in, at the prices of the moment, and drops what is no longer sold', async () => {
    const answer = await put([
      { sku: 'PEN-BLUE', quantity: 3 },
      { sku: 'MUG-DAWN', quantity: 2 },
    ])
    expect(Cart.parse(answer.json()).total.amount).toBe(3 * 320 + 2 * 1850)
    expect(await contents()).toEqual(['3 PEN-BLUE', '2 MUG-DAWN'])
    const pen = shop.neighbours.products.get('PEN-BLUE')!
    try {
      shop.neighbours.products.set('MUG-DAWN', product('MUG-DAWN', 1000))
      shop.neighbours.products.delete('PEN-BLUE')
      expect(Cart.parse((await visitor.ask('GET', '/api/v1/cart')).json())).toMatchObject({
        lines: [{ quantity: 2 }],
        total: { amount: 2000 },
      })
    } finally {
      shop.neighbours.products.set('PEN-BLUE', pen).set('MUG-DAWN', product('MUG-DAWN', 1850))
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

describe('orders', () => {
  it('sells to a guest, who finds the order again and takes it into an account', async () => {
    const answer = await visitor.ask('POST', '/api/v1/orders', {
      body: purchase(),
      headers: { ...key(), 'accept-language': 'zh-CN' },
    })
    expect(answer.statusCode).toBe(201)
    const asked = shop.neighbours.asked.at(-1)!
    expect(asked.headers).toMatchObject({ 'accept-language': 'zh-CN', 'idempotency-key': expect.any(String) })
    expect(asked.headers['x-customer-id']).toMatch(/^guest:/)
    const { id } = answer.json<{ id: string }>()
    const listed = async (): Promise<string[]> =>
      (await visitor.ask('GET', '/api/v1/orders')).json<OrderList>().items.map((order) => order.id)
    expect(await listed()).toEqual([id])

    await visitor.ask('POST', '/api/v1/accounts', { body: { email: email(), name: 'Ada', password } })
    const second = (await visitor.ask('POST', '/api/v1/orders', { body: purchase(), headers: key() })).json<{
      id: string
    }>()
    expect(shop.neighbours.asked.at(-1)!.headers['x-customer-id']).toMatch(/^account:/)
    expect(await listed()).toEqual([second.id, id])
    expect((await visitor.ask('GET', `/api/v1/orders/${id}`)).statusCode).toBe(200)
    expect((await visitor.ask('POST', `/api/v1/orders/${id}/cancel`)).json()).toMatchObject({ state: 'cancelled' })
    expect((await new Visitor(shop.app).ask('GET', `/api/v1/orders/${id}`)).json()).toMatchObject({
      code: 'not-signed-in',
    })
    const stranger = new Visitor(shop.app)
    await stranger.ask('POST', '/api/v1/orders', { body: purchase(), headers: key() })
    expect((await stranger.ask('GET', `/api/v1/orders/${id}`)).json()).toMatchObject({ status: 404, code: 'not-found' })
  })

  it('sells once to a client without cookies that tries again, and opens nothing to one with another body', async () => {
    const headers = key()
    const ask = (quantity: number) =>
      new Visitor(shop.app).ask('POST', '/api/v1/orders', { body: purchase(quantity), headers })
    const [first, again, other] = [await ask(1), await ask(1), await ask(2)]
    expect(again.json()).toEqual(first.json())
    expect(other.json()).toMatchObject({ status: 422, code: 'idempotency-key-reused' })
    expect(other.headers['set-cookie']).toBeUndefined()
  })

  it('answers 202 with the place to ask while an order is not decided', async () => {
    shop.neighbours.nextOrder = { state: 'reserved' }
    const answer = await visitor.ask('POST', '/api/v1/orders', { body: purchase(), headers: key() })
    expect(answer.statusCode).toBe(202)
    expect(answer.headers['location']).toBe(`/api/v1/orders/${answer.json<{ id: string }>().id}`)
  })

  it('tells what orders refused in the words of the reader', async () => {
    shop.neighbours.nextOrder = {
      problem: 'sold-out',
      errors: [{ field: 'items.0.quantity', code: 'sold-out', message: 'is more than what is left' }],
    }
    const answer = await visitor.ask('POST', '/api/v1/orders', {
      body: purchase(9),
      headers: { ...key(), 'accept-language': 'zh' },
    })
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(Problem.parse(answer.json())).toMatchObject({
      status: 409,
      code: 'sold-out',
      title: '商品库存不足，未下单，也没有扣款。',
      errors: [{ field: 'items.0.quantity', code: 'sold-out', message: '超过剩余库存' }],
    })
    for (const code of ['payment-declined', 'card-expired', 'request-in-progress'] as const) {
      shop.neighbours.nextOrder = { problem: code }
      expect((await visitor.ask('POST', '/api/v1/orders', { body: purchase(), headers: key() })).json()).toMatchObject({
        code,
      })
    }
  })

  it('never lets a card into the log or the database', async () => {
    await visitor.ask('POST', '/api/v1/orders', { body: purchase(), headers: key() })
    shop.neighbours.nextOrder = { problem: 'internal-error' }
    await visitor.ask('POST', '/api/v1/orders', { body: purchase(), headers: key() })
    expect(shop.logLines.join('\n')).not.toMatch(/4242[ -]?4242/)
  })

  it('streams an order’s states, and stops at orders when the reader has left', async () => {
    const { id } = (await visitor.ask('POST', '/api/v1/orders', { body: purchase(), headers: key() })).json<{
      id: string
    }>()
    const url = await shop.app.listen(0, '127.0.0.1').then(() => shop.app.getUrl())
    const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const leave = new AbortController()
    const response = await fetch(`${url}/api/v1/orders/${id}/events`, { headers: { cookie }, signal: leave.signal })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const { value } = await response.body!.getReader().read()
    expect(Buffer.from(value!).toString()).toMatch(/^event: order\ndata: \{"id"/)
    expect(shop.neighbours.streams.size).toBe(1)
    leave.abort()
    await vi.waitFor(() => expect(shop.neighbours.streams.size).toBe(0))
  })

  it('shows the journey of an order as long as its trace is known', async () => {
    const { id } = (await visitor.ask('POST', '/api/v1/orders', { body: purchase(), headers: key() })).json<{
      id: string
    }>()
    expect((await visitor.ask('GET', `/api/v1/orders/${id}/journey`)).json()).toMatchObject({
      status: 404,
      code: 'not-found',
    })
    const span: TraceSpan = {
      traceId,
      spanId: '1'.repeat(16),
      parentSpanId: '',
      name: 'POST /api/v1/orders',
      kind: 'server',
      startTimeUnixNano: '1000000',
      endTimeUnixNano: '9000000',
      error: false,
      attributes: { 'http.request.method': 'POST', 'url.path': '/api/v1/orders', 'http.response.status_code': 201 },
      resource: { 'service.name': 'gateway', 'service.instance.id': 'gateway-1' },
    }
    shop.neighbours.traces.set(traceId, { traceId, spans: [span] })
    const journey = Journey.parse((await visitor.ask('GET', `/api/v1/orders/${id}/journey`)).json())
    expect(journey).toMatchObject({
      orderId: id,
      traceId,
      durationMs: 8,
      complete: true,
      hops: [{ replica: 'gateway-1' }],
    })
  })
})

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

describe('the edge', () => {
  it('serves the catalogue to anybody without a cookie', async () => {
    visitor.cookies.set('meshmart_session', 'forged')
    const answer = await visitor.ask('GET', '/api/v1/products?query=mug&limit=5')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(shop.neighbours.asked[0]).toMatchObject({ path: '/v1/products?query=mug&limit=5' })
    expect((await visitor.ask('GET', '/api/v1/products/MUG-DAWN')).json()).toMatchObject({ sku: 'MUG-DAWN' })
  })

  it('serves the storefront, its pages, and its files', async () => {
    const page = await visitor.ask('GET', '/orders/17', { headers: { accept: 'text/html' } })
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('<title>Meshmart</title>')
    expect(page.headers).toMatchObject({ 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' })
    expect(page.headers['content-security-policy']).toContain("script-src 'self';")
    const script = await visitor.ask('GET', '/assets/app-1234.js')
    expect(script.headers['content-type']).toContain('javascript')
    expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect((await visitor.ask('GET', '/assets/gone.js')).json()).toMatchObject({ status: 404 })
    expect((await visitor.ask('GET', '/..%2f..%2fetc/passwd')).statusCode).toBe(404)
    expect((await visitor.ask('POST', '/nothing', { body: {} })).json()).toMatchObject({ status: 404 })
    const written = await visitor.ask('POST', '/', { body: {} })
    expect(written.json()).toMatchObject({ status: 405, code: 'method-not-allowed' })
    expect(written.headers['allow']).toBe('GET, HEAD')
  })

  it('says how the shop is, and which part is sick', async () => {
    expect(Health.parse((await visitor.ask('GET', '/api/v1/health')).json())).toEqual({
      status: 'ok',
      checks: { database: 'ok', inventory: 'ok', orders: 'ok' },
    })
    shop.neighbours.broken.add('inventory')
    const sick = await visitor.ask('GET', '/api/v1/health')
    const shopping = await visitor.ask('GET', '/api/v1/products')
    shop.neighbours.broken.clear()
    expect(sick.statusCode).toBe(200)
    expect(sick.json()).toMatchObject({ status: 'degraded', checks: { inventory: 'failing', orders: 'ok' } })
    expect(shopping.json()).toMatchObject({ status: 503, code: 'upstream-unavailable' })
  })
})

describe('the OpenAPI document', () => {
  const operations = [
    ['get', '/api/v1/products', '200', null],
    ['get', '/api/v1/products/{sku}', '200', null],
    ['post', '/api/v1/accounts', '201', 'Registration'],
    ['post', '/api/v1/session', '201', 'Credentials'],
    ['get', '/api/v1/session', '200', null],
    ['delete', '/api/v1/session', '204', null],
    ['get', '/api/v1/cart', '200', null],
    ['put', '/api/v1/cart', '200', 'CartUpdate'],
    ['post', '/api/v1/orders', '201', 'OrderRequest'],
    ['get', '/api/v1/orders', '200', null],
    ['get', '/api/v1/orders/{id}', '200', null],
    ['get', '/api/v1/orders/{id}/events', '200', null],
    ['get', '/api/v1/orders/{id}/journey', '200', null],
    ['post', '/api/v1/orders/{id}/cancel', '200', null],
    ['get', '/api/v1/health', '200', null],
  ] as const

  type Operation = {
    requestBody?: { content: Record<string, { schema: object }> }
    responses: Record<string, { content?: Record<string, { schema?: object }> }>
    parameters?: { name: string; in: string }[]
  }
  const read = async () =>
    (await visitor.ask('GET', '/api/docs-json')).json<{
      paths: Record<string, Record<string, Operation>>
      components: { schemas: Record<string, unknown> }
    }>()

  it('has every public operation with its schemas and its problems, and nothing else', async () => {
    const { paths, components } = await read()
    const found = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    )
    expect(found.sort()).toEqual(operations.map(([method, path]) => `${method} ${path}`).sort())
    for (const [method, path, status, body] of operations) {
      const operation = paths[path]![method]!
      if (body) {
        expect(operation.requestBody?.content['application/json']?.schema, path).toEqual({
          $ref: `#/components/schemas/${body}`,
        })
        expect(components.schemas, body).toHaveProperty(body)
      }
      const answers = Object.values(operation.responses[status]?.content ?? {})
      expect(answers.length > 0 && answers.every((answer) => answer.schema), `${method} ${path}`).toBe(status !== '204')
      const problems = Object.entries(operation.responses).filter(([code]) => Number(code) >= 400)
      expect(problems.length).toBeGreaterThan(0)
      for (const [, problem] of problems)
        expect(problem.content).toEqual({
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        })
    }
    expect(paths['/api/v1/orders']!['post']!.parameters).toMatchObject([{ name: 'Idempotency-Key', in: 'header' }])
    expect(paths['/api/v1/products']!['get']!.parameters?.map((each) => each.name)).toEqual([
      'query',
      'category',
      'limit',
      'cursor',
    ])
  })

  it('refers to nothing that it does not have', async () => {
    const document = await read()
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      (match) => match[1],
    )
    expect(JSON.stringify(document)).not.toMatch(/"#\/(?!components\/schemas\/)|"definitions"|"\$defs"/)
    expect([...new Set(references)].filter((name) => !(name! in document.components.schemas))).toEqual([])
  })

  it('has a page that a browser may show', async () => {
    const page = await visitor.ask('GET', '/api/docs', { headers: { accept: 'text/html' } })
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('swagger-ui')
    expect(page.body).not.toMatch(/<script(?![^>]*src=)/)
    for (const [, source] of page.body.matchAll(/<script src="\.?\/?([^"]+)"/g))
      expect((await visitor.ask('GET', `/api/${source!.replace(/^docs\//, 'docs/')}`)).statusCode, source).toBe(200)
  })
})
