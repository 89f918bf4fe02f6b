import { Journey, type Order, type OrderList, Problem, type TraceSpan } from '@meshmart/contracts'
import { describe, expect, it, vi } from 'vitest'
import { traceId } from '../testing/neighbours.ts'
import { email, key, openShop, password, shop, visitor } from '../testing/open-shop.ts'
import { purchase, Visitor } from '../testing/shop.ts'

openShop()

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

  it('gives pieces of an own order back, once for each key, and opens no order of somebody else', async () => {
    const placed = await visitor.ask('POST', '/api/v1/orders', { body: purchase(2), headers: key() })
    const { id, lines } = placed.json<Order>()
    const body = { lines: [{ sku: lines[0]!.sku, quantity: 1 }] }
    const headers = key()
    const answers = [1, 2].map(() => visitor.ask('POST', `/api/v1/orders/${id}/returns`, { body, headers }))
    for (const answer of await Promise.all(answers)) {
      expect(answer.statusCode).toBe(201)
      expect(answer.headers['location']).toBe(`/api/v1/orders/${id}`)
      expect(answer.json<Order>().returns).toMatchObject([{ state: 'returned', lines: body.lines }])
    }
    expect(shop.neighbours.asked.at(-1)!.headers['idempotency-key']).toBe(headers['idempotency-key'])
    const bare = await visitor.ask('POST', `/api/v1/orders/${id}/returns`, { body })
    expect(bare.json()).toMatchObject({ status: 400, code: 'invalid-request' })
    const stranger = new Visitor(shop.app)
    await stranger.ask('POST', '/api/v1/orders', { body: purchase(), headers: key() })
    const stolen = await stranger.ask('POST', `/api/v1/orders/${id}/returns`, { body, headers: key() })
    expect(stolen.json()).toMatchObject({ status: 404, code: 'not-found' })
  })

  it('answers 202 with the place to ask, and when, while an order is not decided', async () => {
    shop.neighbours.nextOrder = { state: 'reserved' }
    const answer = await visitor.ask('POST', '/api/v1/orders', { body: purchase(), headers: key() })
    expect(answer.statusCode).toBe(202)
    expect(answer.headers['location']).toBe(`/api/v1/orders/${answer.json<{ id: string }>().id}`)
    expect(answer.headers['retry-after']).toBe('7')
  })

  it('says when a shop that is too busy may be asked again', async () => {
    shop.neighbours.nextOrder = { problem: 'too-busy' }
    const answer = await visitor.ask('POST', '/api/v1/orders', { body: purchase(), headers: key() })
    expect(answer.json()).toMatchObject({ status: 429, code: 'too-busy' })
    expect(answer.headers['retry-after']).toBe('7')
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

  it('passes on what the customer has agreed to pay, and tells that it costs something else', async () => {
    const errors = [{ field: 'total', code: 'price-changed', message: 'is not what it costs now' }]
    shop.neighbours.nextOrder = { problem: 'price-changed', errors }
    const body = { ...purchase(), total: { amount: 1_450, currency: 'EUR' } }
    const headers = { ...key(), 'accept-language': 'zh' }
    const answer = await visitor.ask('POST', '/api/v1/orders', { body, headers })
    expect(shop.neighbours.asked.at(-1)!.body).toMatchObject({ total: body.total })
    expect(Problem.parse(answer.json())).toMatchObject({
      status: 409,
      code: 'price-changed',
      title: '价格已变动，未下单，也没有扣款。',
      errors: [{ field: 'total', code: 'price-changed', message: '与现在的价格不符' }],
    })
    const half = { ...purchase(), total: { amount: 14.5, currency: 'EUR' } }
    expect((await visitor.ask('POST', '/api/v1/orders', { body: half, headers: key() })).json()).toMatchObject({
      status: 400,
      errors: [{ field: 'total.amount' }],
    })
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
