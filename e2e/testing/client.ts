/** A customer of the public API: keeps its cookie, as a browser does, and parses what comes back with the shop's own schemas. */
import { randomUUID } from 'node:crypto'
import {
  Order,
  Problem,
  ProductPage,
  testCards,
  type OrderRequest,
  type ReturnRequest,
  type TestCard,
} from '@meshmart/contracts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

export class Customer {
  readonly #url: string
  #cookie: string | undefined

  constructor(url: string) {
    this.#url = url
  }

  get cookie(): string | undefined {
    return this.#cookie
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.#cookie === undefined ? {} : { cookie: this.#cookie }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    })
    for (const line of response.headers.getSetCookie()) this.#cookie = line.split(';')[0]
    const text = await response.text()
    const json = response.headers.get('content-type')?.includes('json') === true
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text }
  }

  async products(query = ''): Promise<ProductPage> {
    return ProductPage.parse((await this.call('GET', `/api/v1/products${query}`)).body)
  }

  /** Places an order, once in effect: where no answer comes, or a 5xx, it asks again with the same key, as a client should. */
  async buy(request: OrderRequest, key: string = randomUUID()): Promise<Answer> {
    const deadline = Date.now() + 30_000
    for (;;) {
      const answer = await this.call('POST', '/api/v1/orders', request, { 'idempotency-key': key }).catch(
        (error: unknown) => error as Error,
      )
      const undecided = answer instanceof Error || answer.status >= 500
      if (!undecided) return answer
      if (Date.now() > deadline)
        throw new Error(
          `no answer within 30 s: ${answer instanceof Error ? answer.message : JSON.stringify(answer.body)}`,
        )
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }

  /** Gives pieces of an order back and follows it until money and goods are back, once in effect. Throws where it is refused. */
  async giveBack(id: string, lines: ReturnRequest['lines'], key: string = randomUUID()): Promise<Order> {
    const deadline = Date.now() + 30_000
    for (;;) {
      const answer = await this.call('POST', `/api/v1/orders/${id}/returns`, { lines }, { 'idempotency-key': key })
      if (answer.status === 201) return Order.parse(answer.body)
      if (answer.status !== 202 && answer.status < 500)
        throw new Error(`return answered ${answer.status}: ${JSON.stringify(Problem.parse(answer.body))}`)
      if (Date.now() > deadline) throw new Error(`the return of ${id} was not made within 30 s`)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }

  /** Follows an order that was answered 202 until it is decided. */
  async decided(answer: Answer): Promise<Order> {
    if (answer.status === 201) return Order.parse(answer.body)
    if (answer.status !== 202)
      throw new Error(`order answered ${answer.status}: ${JSON.stringify(Problem.parse(answer.body))}`)
    const { id } = Order.parse(answer.body)
    for (let tries = 0; tries < 150; tries++) {
      const order = Order.parse((await this.call('GET', `/api/v1/orders/${id}`)).body)
      if (['confirmed', 'rejected', 'cancelled'].includes(order.state)) return order
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    throw new Error(`order ${id} was not decided within 30 s`)
  }
}

export function orderOf(sku: string, quantity = 1, behaviour: TestCard['behaviour'] = 'approve'): OrderRequest {
  const { number } = testCards.find((card) => card.behaviour === behaviour)!
  return {
    items: [{ sku, quantity }],
    payment: { card: { number, expiry: `12/${String((new Date().getUTCFullYear() + 3) % 100)}`, cvc: '123' } },
    shippingAddress: {
      name: 'Ada Example',
      line1: '1 Sample Street',
      postalCode: '10115',
      city: 'Berlin',
      country: 'DE',
    },
    email: 'ada@example.com',
  }
}

/** The mug that every demo buys. */
export const MUG = 'MUG-DAWN'
