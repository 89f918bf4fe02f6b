/**
 * How quick inventory's own use cases are on the database of DATABASE_URL: `node scale.js search|reserve|hot --seconds N`. Prints one line of JSON. The service's
 * code on its own pool, without HTTP and mesh around it, so that what differs between two sizes of the catalogue is the database's part.
 */
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { Database, MailOutbox, Outbox } from '@meshmart/service-kit'
import { InventoryProductQuery } from '../catalogue/product-query.ts'
import { ProductSearch } from '../catalogue/product-search.ts'
import { ReserveStock } from '../reservation/reserve.ts'
import { SettleReservation } from '../reservation/settle.ts'
import { StockNews } from '../stock/stock-news.ts'
import { Warnings } from '../warnings/warnings.ts'

const clients = 8
const clock = { now: (): Date => new Date() }
const url = process.env['DATABASE_URL'] ?? ''
const database = new Database({ url, poolSize: 10, onBroken: (error) => console.error(error) })
const outbox = new Outbox(clock)
const warnings = new Warnings(database, new MailOutbox(clock), { STOCK_WARNING_RECIPIENT: 'stock@shop.example' })
const news = new StockNews(outbox, warnings, clock)
const reserve = new ReserveStock(database, news, clock)
const settle = new SettleReservation(database, news, clock)
const search = new ProductSearch(database)

/** Reserve and confirm, as a checkout does; p50 and p99 are those of the reserve. */
async function buy(sku: string): Promise<number> {
  const begun = performance.now()
  const { reservation } = await reserve.reserve({ orderId: randomUUID(), lines: [{ sku, quantity: 1 }] })
  const ms = performance.now() - begun
  await settle.settle(reservation.id, 'confirm')
  return ms
}

/** Common words, rare ones, several, beginnings, typing errors, Chinese, nonsense, categories. */
const queries = ['mug', 'linen towel', 'walnut bowl', 'torver', 'quiulmcor', 'golden brass lamp', 'lantren', 'ceramc teapto', 'pla', 'ma', '马克杯', '黄铜台灯', '杯', 'made by hand', 'recycled board', 'xyzzyplugh', 'mossy oak bench', 'series number', 'snowy scarf', 'dawn'] // prettier-ignore

async function find(n: number): Promise<number> {
  const query = queries[n % queries.length]!
  const begun = performance.now()
  await search.page(InventoryProductQuery.parse({ query, ...(n % 5 === 0 ? { category: 'kitchen' } : {}) }))
  const ms = performance.now() - begun
  worst.set(query, Math.max(worst.get(query) ?? 0, ms))
  return ms
}
const worst = new Map<string, number>()

/** Closed loop: each client begins the next one when the last has ended. */
async function measure(seconds: number, concurrent: number, work: (n: number) => Promise<number>) {
  const times: number[] = []
  let next = 0
  const until = performance.now() + seconds * 1000
  await Promise.all(
    Array.from({ length: concurrent }, async () => {
      while (performance.now() < until) times.push(await work(next++))
    }),
  )
  times.sort((a, b) => a - b)
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN
  return { rps: times.length / seconds, p50_ms: at(0.5), p99_ms: at(0.99), max_ms: times.at(-1) ?? Number.NaN }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '10' } },
})
const seconds = Number(values.seconds)
const products = await database.query<{
  sku: string
}>`SELECT "sku" FROM "product" WHERE "sku" LIKE 'BENCH-%' ORDER BY "sku"`
const spread = products.map(({ sku }) => sku)
const work = {
  search: (n: number) => find(n),
  // Not in step with the clients: products differ between neighbours.
  reserve: (n: number) => buy(spread[n % spread.length]!),
  hot: () => buy(spread[0]!),
}[positionals[0] as 'search' | 'reserve' | 'hot']
const concurrent = positionals[0] === 'search' ? 2 : clients
await measure(2, concurrent, work)
const figures = await measure(seconds, concurrent, work)
const slowest = [...worst].toSorted(([, a], [, b]) => b - a).slice(0, 5)
console.log(JSON.stringify({ ...figures, ...(slowest.length > 0 ? { slowest: Object.fromEntries(slowest) } : {}) }))
await database.close()
