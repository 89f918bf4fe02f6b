/** A customer of the public API: keeps its cookie, as a browser does, and parses what comes back with the shop's own schemas. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Dispatcher, request } from 'undici'
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

/** 5xx, or 429 of a shop that has too much to do: whether anything was done is not known, and the same is asked again. */
export const isNoAnswer = ({ status }: Answer): boolean => status >= 500 || status === 429

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
    // Not `fetch`: who plays hundreds of customers on the shop's own machine must not take its time away.
    const answer = await request(`${this.#url}${path}`, {
      method: method as Dispatcher.HttpMethod,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.#cookie === undefined ? {} : { cookie: this.#cookie }),
        ...headers,
      },
      body: body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    })
    const sent = new Headers()
    for (const [name, value] of Object.entries(answer.headers))
      for (const each of [value ?? []].flat()) sent.append(name, each)
    for (const line of sent.getSetCookie()) this.#cookie = line.split(';')[0]
    const text = await answer.body.text()
    const json = sent.get('content-type')?.includes('json') === true
    return { status: answer.statusCode, headers: sent, body: json ? JSON.parse(text) : text }
  }

  async products(query = ''): Promise<ProductPage> {
    return ProductPage.parse((await this.call('GET', `/api/v1/products${query}`)).body)
  }

  /** Places an order, once in effect: where no answer comes, or none that says anything, it asks again with the same key, as a client should. */
  async buy(request: OrderRequest, key: string = randomUUID()): Promise<Answer> {
    const deadline = Date.now() + 30_000
    for (;;) {
      const answer = await this.call('POST', '/api/v1/orders', request, { 'idempotency-key': key }).catch(
        (error: unknown) => error as Error,
      )
      const undecided = answer instanceof Error || isNoAnswer(answer)
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

/** That `npm start` has made up for the demo accounts. */
export const demoPassword = (home: string): string => readFileSync(join(home, 'secrets/demo-password'), 'utf8').trim()

/** Somebody of the staff of the shop whose home this is, signed in with the password of the demo accounts. */
export async function signedInAs(role: 'staff' | 'admin', shop: { url: string; home: string }): Promise<Customer> {
  const who = new Customer(shop.url)
  const credentials = { email: `${role}@meshmart.example`, password: demoPassword(shop.home) }
  const answer = await who.call('POST', '/api/v1/session', credentials)
  if (answer.status !== 201) throw new Error(`${role} cannot sign in: ${JSON.stringify(answer.body)}`)
  return who
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
