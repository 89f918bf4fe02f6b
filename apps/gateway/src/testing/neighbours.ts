/**
 * Inventory, orders, the control plane and the demo's mailbox as the gateway's tests need them: real HTTP servers on loopback that keep to the contracts, remember what
 * they were asked, and can be told to fail. Everything behind them is the other services' own tests' matter.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  describeProblem,
  isFinalOrderState,
  type MailboxDetail,
  type Order,
  type OrderRequest,
  type OrderReturn,
  type Problem,
  type ProblemCode,
  type Product,
  type ReturnRequest,
  type StaffProductRow,
  type Trace,
} from '@meshmart/contracts'
import type { Upstreams } from '../clients/upstreams.ts'

export type Asked = { method: string; path: string; headers: IncomingMessage['headers']; body: unknown }
type Reply = { status: number; body: unknown } | ((response: ServerResponse) => void)

export const traceId = 'ab'.repeat(16)
export const mailboxKey = 'the-key-of-the-mailbox-of-the-tests-0'

export const product = (sku: string, amount: number): Product => ({
  sku,
  name: { en: sku, 'zh-CN': sku },
  description: { en: 'A thing', 'zh-CN': '一件东西' },
  category: 'kitchen',
  price: { amount, currency: 'EUR' },
  picture: `/pictures/${sku}.svg`,
  stock: { available: 7, level: 'in-stock' },
})

const staffProduct = ({ stock, ...rest }: Product, forSale: boolean): StaffProductRow => ({
  ...rest,
  reorderPoint: 0,
  available: stock.available,
  forSale,
  version: 1,
})

export class Neighbours {
  readonly asked: Asked[] = []
  readonly products = new Map([product('MUG-DAWN', 1850), product('PEN-BLUE', 320)].map((each) => [each.sku, each]))
  /** Of the products, those that are not for sale. */
  readonly withdrawn = new Set<string>()
  readonly traces = new Map<string, Trace>()
  readonly mails: MailboxDetail[] = []
  /** Answers the next order with this instead. */
  nextOrder: { problem: ProblemCode; errors?: Problem['errors'] } | { state: Order['state'] } | null = null
  /** Neighbours that answer 503. */
  readonly broken = new Set<keyof Upstreams>()
  /** Customers that orders was told to make anonymous, once for each telling. */
  readonly erased: string[] = []
  /** What staff's routes answer, by `METHOD path` without the query; the rest of the services behind it is their own tests' matter. */
  readonly desks = new Map<string, Reply>()
  /** The streams that are open at orders. */
  readonly streams = new Set<ServerResponse>()
  readonly #orders = new Map<
    string,
    { customer: string; key: string; fingerprint: string; order: Order; returns: Map<string, OrderReturn> }
  >()
  readonly #servers: Server[] = []

  async start(): Promise<Upstreams> {
    const [inventory, orders, controlPlane, mailbox] = await Promise.all([
      this.#serve('inventory', (asked) => this.#inventory(asked)),
      this.#serve('orders', (asked) => this.#order(asked)),
      this.#serve('controlPlane', (asked) => {
        const trace = this.traces.get(asked.path.split('/').at(-1)!)
        return trace ? { status: 200, body: trace } : problem('not-found')
      }),
      this.#serve('mailbox', (asked) => this.#mails(asked)),
    ])
    return { inventory, orders, controlPlane, mailbox }
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#servers.splice(0).map((server) => {
        server.closeAllConnections()
        return new Promise((resolve) => server.close(resolve))
      }),
    )
  }

  #desk({ method, path }: Asked): Reply | undefined {
    return this.desks.get(`${method} ${path.split('?', 1)[0]}`)
  }

  #mails({ path, headers }: Asked): Reply {
    if (headers.authorization !== `Bearer ${mailboxKey}`) return { status: 401, body: {} }
    const id = new URL(path, 'http://mailbox').pathname.split('/')[3]
    if (id === undefined) return { status: 200, body: { items: this.mails.map(entryOf), nextCursor: null } }
    const mail = this.mails.find((each) => each.id === Number(id))
    return mail ? { status: 200, body: mail } : problem('not-found')
  }

  #inventory({ path }: Asked): Reply {
    const url = new URL(path, 'http://inventory')
    const skus = url.searchParams.get('skus')?.split(',')
    const all = [...this.products.values()].filter((each) => skus?.includes(each.sku) ?? true)
    if (url.pathname === '/v1/staff/products') {
      const items = all.map((each) => staffProduct(each, !this.withdrawn.has(each.sku)))
      return { status: 200, body: { items, nextCursor: null } }
    }
    const items = all.filter(({ sku }) => !this.withdrawn.has(sku))
    const sku = url.pathname.split('/')[3]
    if (sku === undefined) return { status: 200, body: { items, nextCursor: null } }
    const found = items.find((each) => each.sku === sku)
    return found ? { status: 200, body: found } : problem('not-found')
  }

  #order({ method, path, headers, body }: Asked): Reply {
    const customer = String(headers['x-customer-id'])
    if (path === '/v1/customers/erasure') {
      this.erased.push(customer)
      return { status: 200, body: { remaining: this.#unsettledOf(customer) } }
    }
    const [id, action] = new URL(path, 'http://orders').pathname.split('/').slice(3)
    if (id === undefined) {
      if (method === 'POST') return this.#place(customer, String(headers['idempotency-key']), body as OrderRequest)
      const own = [...this.#orders.values()].filter((each) => each.customer === customer)
      return { status: 200, body: { items: own.map((each) => each.order).reverse(), nextCursor: null } }
    }
    const stored = this.#orders.get(id)
    if (stored?.customer !== customer) return problem('not-found')
    if (action === 'events') return (response) => this.#stream(response, stored.order)
    if (action === 'returns') return this.#giveBack(stored, String(headers['idempotency-key']), body as ReturnRequest)
    if (action === 'cancel') stored.order = { ...stored.order, state: 'cancelled' }
    return { status: 200, body: stored.order }
  }

  /** Once for each key; every line costs 1.00 EUR apiece. */
  #giveBack(stored: { order: Order; returns: Map<string, OrderReturn> }, key: string, { lines }: ReturnRequest): Reply {
    if (stored.order.state !== 'confirmed') return problem('wrong-state')
    if (!stored.returns.has(key)) {
      const at = stored.order.updatedAt
      const amount = lines.reduce((sum, { quantity }) => sum + 100 * quantity, 0)
      const id = `00000000-0000-4000-9000-${String(stored.returns.size + 1).padStart(12, '0')}`
      const refund = { amount, currency: 'EUR' }
      stored.returns.set(key, { id, state: 'returned', lines, refund, requestedAt: at, returnedAt: at })
    }
    stored.order = { ...stored.order, returns: [...stored.returns.values()] }
    return { status: 201, body: stored.order }
  }

  #unsettledOf(customer: string): number {
    return [...this.#orders.values()].filter(
      (each) => each.customer === customer && !isFinalOrderState(each.order.state),
    ).length
  }

  #place(customer: string, key: string, request: OrderRequest): Reply {
    const fingerprint = JSON.stringify([request.items, request.email])
    const past = [...this.#orders.values()].find((each) => each.customer === customer && each.key === key)
    if (past)
      return past.fingerprint === fingerprint ? { status: 201, body: past.order } : problem('idempotency-key-reused')
    const next = this.nextOrder
    this.nextOrder = null
    if (next && 'problem' in next) return problem(next.problem, next.errors)
    const state = next?.state ?? 'confirmed'
    const order = orderOf(this.#orders.size + 1, request, state)
    this.#orders.set(order.id, { customer, key, fingerprint, order, returns: new Map() })
    return { status: state === 'confirmed' ? 201 : 202, body: order }
  }

  #stream(response: ServerResponse, order: Order): void {
    this.streams.add(response)
    response.once('close', () => this.streams.delete(response))
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`event: order\ndata: ${JSON.stringify(order)}\n\n`)
  }

  async #serve(name: keyof Upstreams, answer: (asked: Asked) => Reply): Promise<string> {
    const server = createServer(async (request, response) => {
      let text = ''
      for await (const chunk of request) text += String(chunk)
      const { method = '', url: path = '', headers } = request
      const asked = { method, path, headers, body: text === '' ? undefined : JSON.parse(text) }
      this.asked.push(asked)
      const reply = this.broken.has(name) ? { status: 503, body: {} } : (this.#desk(asked) ?? answer(asked))
      if (typeof reply === 'function') return reply(response)
      const head = {
        'content-type': 'application/json',
        ...([202, 429].includes(reply.status) && { 'retry-after': '7' }),
      }
      response.writeHead(reply.status, head).end(JSON.stringify(reply.body))
    })
    this.#servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
}

const entryOf = ({ text: _text, source: _source, ...entry }: MailboxDetail) => entry

const problem = (code: ProblemCode, errors?: Problem['errors']): Reply => {
  const body = describeProblem(code, 'en', errors ? { errors } : {})
  return { status: body.status, body }
}

function orderOf(number: number, request: OrderRequest, state: Order['state']): Order {
  const at = new Date(Date.UTC(2026, 0, 1, 0, number)).toISOString()
  const lines = request.items.map(({ sku, quantity }) => ({
    sku,
    quantity,
    name: { en: sku, 'zh-CN': sku },
    unitPrice: { amount: 100, currency: 'EUR' },
    lineTotal: { amount: 100 * quantity, currency: 'EUR' },
    returned: 0,
  }))
  return {
    id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    state,
    lines,
    total: { amount: lines.reduce((sum, line) => sum + line.lineTotal.amount, 0), currency: 'EUR' },
    returns: [],
    email: request.email,
    shippingAddress: request.shippingAddress,
    card: { brand: 'visa', last4: request.payment.card.number.slice(-4) },
    rejection: null,
    history: [{ state, at, cause: 'checkout' }],
    traceId,
    createdAt: at,
    updatedAt: at,
  }
}
