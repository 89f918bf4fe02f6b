/**
 * One kind of request to the shop's public API, closed loop: each client has a session of its own and one request on the way, for a given time. The first moments
 * are left out, in which all of them come at once and this program is compiled.
 * What was not answered as it should be is counted by its status and never taken for success.
 * usage: node shop-requests.ts OPTIONS (JSON: ShopLoad)
 */
import { randomUUID } from 'node:crypto'
import { Pool } from 'undici'
import { orderOf } from '../../testing/client.ts'
import { quantile } from '../harness/quantile.ts'

export interface ShopLoad {
  /** `http://127.0.0.1:8080` */
  readonly url: string
  readonly kind: 'checkout' | 'catalogue'
  readonly clients: number
  /** Of which the figures are. */
  readonly seconds: number
  /** Before that. */
  readonly rampSeconds: number
  /** What is bought, or looked at, in turn. */
  readonly skus: readonly string[]
}
export interface ShopLoadResult {
  /** Answered as it should be, in these seconds. */
  readonly requests: number
  readonly seconds: number
  /** The same, and those before them. */
  readonly allRequests: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** All the others, by HTTP status. */
  readonly others: Readonly<Record<string, number>>
}

const { url, kind, clients, seconds, rampSeconds, skus } = JSON.parse(process.argv[2] ?? '{}') as ShopLoad
const pool = new Pool(url, { connections: clients })
const json = { 'content-type': 'application/json' }

interface Answer {
  readonly status: number
  readonly cookie: string
}
async function ask(method: 'GET' | 'POST' | 'PUT', path: string, headers = {}, body?: object): Promise<Answer> {
  const answer = await pool.request({
    method,
    path: `/api/v1${path}`,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  await answer.body.dump()
  return { status: answer.statusCode, cookie: [answer.headers['set-cookie'] ?? []].flat()[0]?.split(';')[0] ?? '' }
}

const latencies: number[] = []
const others: Record<string, number> = {}
let next = 0
let ramped = 0
const countsFrom = performance.now() + rampSeconds * 1000
const until = countsFrom + seconds * 1000

/** A list, a product, a search, in turn: what a visitor of the catalogue asks for. */
const pages = [() => '/products?limit=24', (sku: string) => `/products/${sku}`, () => '/products?query=mug']

async function client(number: number): Promise<void> {
  const sku = skus[number % skus.length]!
  const { cookie } = await ask('PUT', '/cart', json, { items: [{ sku, quantity: 1 }] })
  while (performance.now() < until) {
    const turn = next++
    const wanted = skus[turn % skus.length]!
    const began = performance.now()
    const { status } = await (kind === 'catalogue'
      ? ask('GET', pages[turn % pages.length]!(wanted))
      : ask('POST', '/orders', { ...json, cookie, 'idempotency-key': randomUUID() }, orderOf(wanted)))
    const now = performance.now()
    if (status !== (kind === 'catalogue' ? 200 : 201)) others[status] = (others[status] ?? 0) + 1
    else if (now < countsFrom) ramped += 1
    else latencies.push(now - began)
  }
}

await Promise.all(Array.from({ length: clients }, (_, number) => client(number)))
const took = (performance.now() - countsFrom) / 1000
const result: ShopLoadResult = {
  requests: latencies.length,
  seconds: took,
  allRequests: latencies.length + ramped,
  p50Ms: quantile(latencies, 0.5),
  p99Ms: quantile(latencies, 0.99),
  others,
}
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
