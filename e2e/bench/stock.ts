/**
 * `npm run bench:stock [-- --products 1000000] [--seconds 20] [--json FILE]`: what a large catalogue costs. Two shops of its own, one with the products of
 * `npm start`, one with as many as are asked for; inventory's own code on the database of each (apps/inventory/src/testing/scale.ts), without HTTP and mesh
 * around it. They are asked in turn, for the machine is never the same for long; at the end the auditor's rules about stock.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Books } from '../audit/books.ts'
import { inventoryRules } from '../audit/rules/inventory.ts'
import { Results } from '../report/results.ts'
import { loadProducts, MOVEMENTS_PER_PRODUCT } from '../seed/load.ts'
import { clone, startShop, wipe, type ShopUnderTest } from '../testing/shop-under-test.ts'
import { connectAsSuperuser } from '../testing/superuser.ts'
import { quantile } from './harness/quantile.ts'
import { report } from './harness/report.ts'

const WHOLE = 1_000_000
const ROUNDS = 3
const WANTED = { searchP99Ms: 50, reserveRatio: 1.2, hotShare: 0.7 } as const

const { values } = parseArgs({
  options: {
    products: { type: 'string', default: String(WHOLE) },
    seconds: { type: 'string', default: '20' },
    json: { type: 'string' },
  },
})
const products = Number(values.products)

interface Figures {
  readonly rps: number
  readonly p50_ms: number
  readonly p99_ms: number
  readonly max_ms: number
  readonly slowest?: Readonly<Record<string, number>>
}
type What = 'search' | 'reserve' | 'hot'

/** Sixty-four products to buy, with enough of each for any run. */
const BENCH_PRODUCTS = `
  INSERT INTO product (sku, position, name_en, name_zh_cn, description_en, description_zh_cn, category, price_amount, price_currency, picture, reorder_point)
  SELECT 'BENCH-' || n, n, 'Bench ' || n, '测', 'To be bought', '测', 'kitchen', 100, 'EUR', '/products/mug-dawn.svg', 0 FROM generate_series(1, 64) n;
  INSERT INTO stock_movement (sku, warehouse, kind, quantity, at)
  SELECT sku, 'central', 'opening', 1000000, now() FROM product WHERE sku LIKE 'BENCH-%'`

const began = performance.now()
const results = new Results()
const failures: string[] = []
const say = (line: string): void => void process.stderr.write(`${line}\n`)
const median = (numbers: readonly number[]): number => quantile(numbers, 0.5)

async function prepare(shop: ShopUnderTest, seeded: number): Promise<void> {
  const client = await connectAsSuperuser(shop.home, 'inventory', { options: '-c timezone=UTC' })
  try {
    await client.query(BENCH_PRODUCTS)
    const start = performance.now()
    const seconds = (): number => (performance.now() - start) / 1000
    await loadProducts(client, seeded, (done) => {
      if (done % 100_000 === 0) say(`${seconds().toFixed(0)} s: ${done} products`)
    })
    if (seeded > 0) results.add('npm run seed', `${seeded} products`, { ms: seconds() * 1000 })
    await client.query('CHECKPOINT')
  } finally {
    await client.end()
  }
}

function measure(shop: ShopUnderTest, what: What): Figures {
  const script = join(clone, 'apps/inventory/dist/unbundled/testing/scale.js')
  const url = readFileSync(join(shop.home, 'secrets/postgres/inventory.url'), 'utf8').trim()
  const line = execFileSync(process.execPath, [script, what, '--seconds', values.seconds], {
    env: { ...process.env, DATABASE_URL: url },
    encoding: 'utf8',
  })
  return JSON.parse(line) as Figures
}

/** Medians of all rounds. */
function take(name: string, subject: string, rounds: readonly Figures[]): Figures {
  const of = (metric: 'rps' | 'p50_ms' | 'p99_ms' | 'max_ms'): number => median(rounds.map((each) => each[metric]))
  const rates = rounds.map(({ rps }) => rps)
  const figures = { rps: of('rps'), p50_ms: of('p50_ms'), p99_ms: of('p99_ms'), max_ms: of('max_ms') }
  const { max_ms: most_ms, ...metrics } = figures
  const rps_spread_percent = (100 * (Math.max(...rates) - Math.min(...rates))) / metrics.rps
  results.add(name, subject, { ...metrics, most_ms, rps_spread_percent })
  return figures
}

async function run(small: ShopUnderTest, large: ShopUnderTest): Promise<void> {
  await prepare(small, 0)
  await prepare(large, products)
  const rounds: Record<'small' | 'large' | 'hot' | 'search', Figures[]> = { small: [], large: [], hot: [], search: [] }
  for (let round = 1; round <= ROUNDS; round++) {
    const one = {
      small: measure(small, 'reserve'),
      large: measure(large, 'reserve'),
      hot: measure(large, 'hot'),
      search: measure(large, 'search'),
    }
    for (const [name, figures] of Object.entries(one)) {
      rounds[name as keyof typeof one].push(figures)
      say(`round ${round}, ${name}: ${JSON.stringify(figures)}`)
    }
  }
  const before = take('reserve', 'products of npm start', rounds.small)
  const after = take('reserve', `${products} products`, rounds.large)
  const hot = take('reserve one product', `${products} products`, rounds.hot)
  const found = take('search', `${products} products`, rounds.search)
  results.atMost('search: p99', found.p99_ms, WANTED.searchP99Ms, 'ms')
  results.atMost('reserve: p99, large to small catalogue', after.p99_ms / before.p99_ms, WANTED.reserveRatio, '×')
  const share = hot.rps / after.rps
  results.targets.push({
    name: 'reservations where all want one product, to those of many',
    wanted: `≥ ${WANTED.hotShare} ×`,
    got: `${share.toFixed(2)} ×`,
    met: share >= WANTED.hotShare,
  })
  const books = await Books.open(large.home)
  try {
    let guilty = 0
    for (const rule of inventoryRules) guilty += (await books.finding(rule)).guilty.length
    results.atMost(`what the auditor's ${inventoryRules.length} rules about stock find`, guilty, 0, '')
  } finally {
    await books.close()
  }
}

const shops: ShopUnderTest[] = []
try {
  for (let n = 0; n < 2; n++) shops.push(await startShop())
  await run(shops[0]!, shops[1]!)
} catch (error) {
  failures.push(error instanceof Error ? error.message : String(error))
} finally {
  for (const shop of shops) {
    await shop.stop()
    wipe(shop.home)
  }
}
process.exit(
  report({
    title: 'A catalogue of a million products',
    command: 'bench:stock',
    began,
    results,
    failures,
    partial: products !== WHOLE,
    json: values.json,
    preface: `Two shops on one machine, the second with ${products.toLocaleString('en')} products and ${(products * MOVEMENTS_PER_PRODUCT).toLocaleString('en')} movements of stock more. Inventory's own code on the database of each: eight clients reserve and confirm (the times are those of reserving), two search. ${ROUNDS} rounds of ${values.seconds} s in turn, medians.`,
  }),
)
