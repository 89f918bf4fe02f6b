/**
 * The shop's own journeys through its public API until so many are through. Closed loop: a few customers, each with one request on the way. Or open loop: at
 * a constant rate, and a journey's time counts from the moment at which it was due, so that a stall is charged to all that had to wait for it.
 * The count is given and not the time, so that every wiring has written the same number of orders when it is measured next.
 * A journey is a new customer each time. The first answer that is not as it should be ends the run.
 * usage: node journeys.ts OPTIONS (JSON: JourneyLoad)
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { orderOf } from '../../testing/client.ts'
import { quantile } from '../harness/quantile.ts'

export interface JourneyLoad {
  /** `http://127.0.0.1:8080` */
  readonly url: string
  readonly journey: 'browse' | 'checkout'
  /** At once, at most. */
  readonly customers: number
  /** Journeys that begin in a second; null: as fast as they are answered. */
  readonly rate: number | null
  /** Of all customers together. */
  readonly journeys: number
  /** So many at the beginning have no part in the latencies. */
  readonly leftOut: number
  /** What they look at and buy, in turn. */
  readonly skus: readonly string[]
}
export interface JourneysResult {
  /** Journeys, each of three requests. */
  readonly requests: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
}

const { url, journey, customers, rate, journeys, leftOut, skus } = JSON.parse(process.argv[2] ?? '{}') as JourneyLoad
const DECIDED_WITHIN_MS = 30_000
const ASK_AGAIN_MS = 100
const pool = new Pool(url, { connections: customers })

interface Asked {
  readonly method?: 'GET' | 'PUT' | 'POST'
  readonly body?: object
  readonly headers?: Record<string, string>
  /** What is as it should be; default: 200. */
  readonly statuses?: readonly number[]
}

async function ask(
  path: string,
  { method = 'GET', body, headers = {}, statuses = [200] }: Asked = {},
): Promise<{ text: string; cookie: string }> {
  const answer = await pool.request({
    path: `/api/v1${path}`,
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.body.text()
  if (!statuses.includes(answer.statusCode))
    throw new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 300)}`)
  const [cookie] = [answer.headers['set-cookie'] ?? []].flat()
  return { text, cookie: cookie?.split(';')[0] ?? '' }
}

function contains(text: string, wanted: string, what: string): void {
  if (!text.includes(wanted)) throw new Error(`${what}: no ${wanted} in ${text.slice(0, 300)}`)
}

async function browse(sku: string): Promise<void> {
  contains((await ask('/products?limit=24')).text, '"MUG-DAWN"', 'list')
  contains((await ask(`/products/${sku}`)).text, `"${sku}"`, 'product')
  contains((await ask('/products?query=mug')).text, '"MUG-DAWN"', 'search')
}

async function checkout(sku: string): Promise<void> {
  const { cookie } = await ask('/cart', { method: 'PUT', body: { items: [{ sku, quantity: 1 }] } })
  const headers = { cookie, 'idempotency-key': randomUUID() }
  // 202 after five seconds on a slow machine: it goes on, and the customer asks again.
  const placed = await ask('/orders', { method: 'POST', body: orderOf(sku), headers, statuses: [201, 202] })
  const { id } = JSON.parse(placed.text) as { id: string }
  const giveUpAt = performance.now() + DECIDED_WITHIN_MS
  for (;;) {
    const order = (await ask(`/orders/${id}`, { headers: { cookie } })).text
    if (order.includes('"state":"confirmed"')) return
    const { state } = JSON.parse(order) as { state: string }
    if (performance.now() > giveUpAt || ['rejected', 'cancelled'].includes(state))
      throw new Error(`order ${id} is ${state} and not confirmed`)
    await sleep(ASK_AGAIN_MS)
  }
}

const latencies: number[] = []
let next = 0
let done = 0
const began = performance.now()
async function customer(): Promise<void> {
  while (next < journeys) {
    const number = next++
    const sku = skus[number % skus.length]!
    const dueAt = rate === null ? performance.now() : began + (1000 * number) / rate
    const early = dueAt - performance.now()
    if (early > 0) await sleep(early)
    await (journey === 'browse' ? browse(sku) : checkout(sku))
    done++
    if (number >= leftOut) latencies.push(performance.now() - dueAt)
  }
}

try {
  await Promise.all(Array.from({ length: customers }, customer))
} catch (error) {
  process.stderr.write(`${journey}: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
const seconds = (performance.now() - began) / 1000
const result: JourneysResult = {
  requests: done,
  seconds,
  p50Ms: quantile(latencies, 0.5),
  p99Ms: quantile(latencies, 0.99),
  p999Ms: quantile(latencies, 0.999),
}
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
