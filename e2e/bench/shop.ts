/**
 * `npm run bench:shop [-- --quick] [-- --json FILE]`: how much the whole shop of `npm start` does on this machine, load included, and where the time goes.
 * Closed loop; purchases of many products and of one product that everybody wants take turns, for the machine is never the same for long.
 */
import { parseArgs } from 'node:util'
import { ProductPage } from '@meshmart/contracts'
import { Results } from '../report/results.ts'
import { MUG } from '../testing/client.ts'
import { startShop, wipe, type ShopUnderTest } from '../testing/shop-under-test.ts'
import { cpuByProcess, spentPerRequest } from './capacity/cpu-by-process.ts'
import { workOfACheckout } from './capacity/work-of-a-checkout.ts'
import { quantile } from './harness/quantile.ts'
import { report } from './harness/report.ts'
import { generate } from './load/generator.ts'
import type { ShopLoad, ShopLoadResult } from './load/shop-requests.ts'

const CLIENTS = 16
const WANTED = { checkouts: 100, checkoutP99Ms: 400, reads: 2_000, hotShare: 0.7 } as const
/** In which whoever asks is compiled, and all of them come at once. */
const RAMP_SECONDS = 3
/** Of all requests, as Istio has it where nobody says otherwise: a shop under load does not tell everything about each of them (`npm start` does). */
const TRACED = '0.01'
/** So that no product sells out during a whole run. */
const LEAST_STOCK = 1_000

const { values } = parseArgs({ options: { json: { type: 'string' }, quick: { type: 'boolean', default: false } } })
const { rounds, seconds, warmUp } = values.quick
  ? { rounds: 1, seconds: 5, warmUp: 5 }
  : { rounds: 3, seconds: 15, warmUp: 20 }
const began = performance.now()
const results = new Results()
const failures: string[] = []
const say = (line: string): void => void process.stderr.write(`${line}\n`)
const median = (numbers: readonly number[]): number => quantile(numbers, 0.5)

async function measure(shop: ShopUnderTest): Promise<void> {
  const answer = await fetch(`${shop.url}/api/v1/products?limit=100`)
  const plentiful = ProductPage.parse(await answer.json()).items.filter(
    ({ sku, stock }) => sku !== MUG && stock.available >= LEAST_STOCK,
  )
  const skus = plentiful.map(({ sku }) => sku)
  if (skus.length === 0) throw new Error(`no product has ${LEAST_STOCK} in stock`)
  const cases = [
    { name: 'checkout', kind: 'checkout', skus },
    { name: 'checkout of one hot product', kind: 'checkout', skus: [MUG] },
    { name: 'catalogue read', kind: 'catalogue', skus },
  ] as const
  const load = (each: (typeof cases)[number], forSeconds: number): Promise<ShopLoadResult> => {
    const options: ShopLoad = {
      url: shop.url,
      kind: each.kind,
      clients: CLIENTS,
      seconds: forSeconds,
      rampSeconds: RAMP_SECONDS,
      skus: each.skus,
    }
    return generate<ShopLoadResult>('shop-requests.ts', options)
  }
  for (const each of cases) await load(each, warmUp)
  const measured = new Map(cases.map(({ name }) => [name, [] as ShopLoadResult[]]))
  const spent = new Map<string, [string, number][]>()
  for (let round = 0; round < rounds; round++) {
    for (const each of cases) {
      const before = cpuByProcess(shop.pids())
      const result = await load(each, seconds)
      spent.set(each.name, spentPerRequest(before, cpuByProcess(shop.pids()), result.allRequests))
      measured.get(each.name)!.push(result)
      const { requests, p50Ms, p99Ms, others } = result
      say(
        `${each.name.padEnd(28)} ${(requests / result.seconds).toFixed(1)}/s  p50 ${p50Ms.toFixed(0)} ms  p99 ${p99Ms.toFixed(0)} ms`,
      )
      if (Object.keys(others).length > 0) failures.push(`${each.name}, round ${round + 1}: ${JSON.stringify(others)}`)
    }
  }
  for (const { name } of cases) {
    const all = measured.get(name)!
    const rates = all.map(({ requests, seconds: took }) => requests / took)
    results.add(name, `${CLIENTS} clients`, {
      rps: median(rates),
      rps_spread_percent: (100 * (Math.max(...rates) - Math.min(...rates))) / median(rates),
      p50_ms: median(all.map(({ p50Ms }) => p50Ms)),
      p99_ms: median(all.map(({ p99Ms }) => p99Ms)),
    })
  }
  for (const { name } of cases)
    for (const [part, microseconds] of spent.get(name)!)
      results.add(`CPU time of one ${name}`, part, { cpu_us_per_request: microseconds })
  const work = await workOfACheckout(shop.url, shop.home, skus)
  const total = Object.values(work.statements).reduce((sum, each) => sum + each, 0)
  for (const [service, statements] of Object.entries({ ...work.statements, 'all of them': total }))
    results.add('work of one checkout', service, {
      sql_statements: statements,
      ...(service === 'all of them' ? { service_calls: work.calls, events: work.events } : {}),
    })
}

function judge(): void {
  const of = (name: string, metric: string): number =>
    results.cases.find((each) => each.case === name)?.metrics[metric] ?? Number.NaN
  const atLeast = (name: string, got: number, wanted: number, unit: string): void =>
    void results.targets.push({
      name,
      wanted: `≥ ${wanted} ${unit}`,
      got: Number.isNaN(got) ? 'not measured' : `${got.toFixed(got < 10 ? 2 : 0)} ${unit}`,
      met: got >= wanted,
    })
  atLeast('checkouts', of('checkout', 'rps'), WANTED.checkouts, 'a second')
  results.atMost('p99 of a checkout', of('checkout', 'p99_ms'), WANTED.checkoutP99Ms, 'ms')
  atLeast('catalogue reads', of('catalogue read', 'rps'), WANTED.reads, 'a second')
  const hot = of('checkout of one hot product', 'rps') / of('checkout', 'rps')
  atLeast('checkouts where all want one product, to those of many', hot, WANTED.hotShare, '×')
}

const shop = await startShop({ environment: { MESH_TRACE_SAMPLING: TRACED } })
try {
  await measure(shop)
} catch (error) {
  failures.push(error instanceof Error ? error.message : String(error))
} finally {
  await shop.stop()
  wipe(shop.home)
}
judge()
process.exit(
  report({
    title: 'The whole shop on one machine',
    command: 'bench:shop',
    began,
    results,
    failures,
    partial: values.quick,
    json: values.json,
    preface: `All of \`npm start\` and the load beside it on the same cores: PostgreSQL, NATS, two control planes, two replicas of gateway, orders, payments and inventory, one request in a hundred traced. Closed loop of ${CLIENTS} clients, ${rounds} rounds of ${seconds} s in turn, each after ${RAMP_SECONDS} s that do not count, medians.`,
  }),
)
