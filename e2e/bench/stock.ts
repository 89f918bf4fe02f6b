/**
 * `npm run bench:stock [-- --products 1000000] [--json FILE]`: what a large catalogue costs. A shop of its own; inventory's own code on its database
 * (apps/inventory/src/testing/scale.ts), without HTTP and mesh around it: reservations with a small catalogue, then the seed, then reservations and searches
 * again, and at the end the audit's rules about stock.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { connectAsSuperuser } from '../testing/superuser.ts'
import { Books } from '../audit/books.ts'
import { inventoryRules } from '../audit/rules/inventory.ts'
import { Results } from '../report/results.ts'
import { loadProducts } from '../seed/load.ts'
import { clone, startShop, wipe } from '../testing/shop-under-test.ts'

const { values } = parseArgs({
  options: {
    products: { type: 'string', default: '1000000' },
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

/** Sixty-four products to buy, with enough of each for any run. */
const BENCH_PRODUCTS = `
  INSERT INTO product (sku, position, name_en, name_zh_cn, description_en, description_zh_cn, category, price_amount, price_currency, picture, reorder_point)
  SELECT 'BENCH-' || n, n, 'Bench ' || n, '测', 'To be bought', '测', 'kitchen', 100, 'EUR', '/products/mug-dawn.svg', 0 FROM generate_series(1, 64) n;
  INSERT INTO stock_movement (sku, warehouse, kind, quantity, at)
  SELECT sku, 'central', 'opening', 1000000, now() FROM product WHERE sku LIKE 'BENCH-%'`

const shop = await startShop()
const results = new Results()
try {
  const url = readFileSync(join(shop.home, 'secrets/postgres/inventory.url'), 'utf8').trim()
  const client = await connectAsSuperuser(shop.home, 'inventory', { options: '-c timezone=UTC' })
  await client.query(BENCH_PRODUCTS)

  const measure = (what: 'search' | 'reserve' | 'hot'): Figures => {
    const script = join(clone, 'apps/inventory/dist/unbundled/testing/scale.js')
    const line = execFileSync(process.execPath, [script, what, '--seconds', values.seconds], {
      env: { ...process.env, DATABASE_URL: url },
      encoding: 'utf8',
    })
    return JSON.parse(line) as Figures
  }
  const take = (name: string, figures: Figures): Figures => {
    const { slowest, ...metrics } = figures
    results.add(name, 'inventory', metrics)
    console.log(name, metrics, slowest ?? '')
    return figures
  }

  const before = take('reserve, small catalogue', measure('reserve'))
  const began = performance.now()
  await loadProducts(client, products, (done) => {
    if (done % 100_000 === 0) console.log(`${((performance.now() - began) / 1000).toFixed(0)} s: ${done} products`)
  })
  results.add('seed', 'inventory', { products, seconds: (performance.now() - began) / 1000 })
  await client.query('CHECKPOINT')
  const after = take('reserve, large catalogue', measure('reserve'))
  const hot = take('reserve, one product', measure('hot'))
  const found = take('search, large catalogue', measure('search'))
  await client.end()

  const books = await Books.open(shop.home)
  for (const rule of inventoryRules) {
    const { guilty } = await books.finding(rule)
    results.atMost(rule.name, guilty.length, 0, 'guilty')
  }
  await books.close()
  results.atMost('search: p99', found.p99_ms, 50, 'ms')
  results.atMost('reserve: p99 large / small catalogue', after.p99_ms / before.p99_ms, 1.2, '×')
  results.atMost('hot product: spread rate / its rate', after.rps / hot.rps, 1 / 0.7, '×')
  results.print()
  results.write(values.json)
} finally {
  await shop.stop()
  wipe(shop.home)
}
process.exit(results.targets.every(({ met }) => met) ? 0 : 1)
