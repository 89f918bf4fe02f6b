/** Both wirings of the shop side by side, asked in turn, and what the mesh may cost them. */
import type { Results } from '../../report/results.ts'
import { measureRounds } from '../harness/rounds.ts'
import type { Started } from '../harness/start.ts'
import type { Bench, Running } from '../harness/subject.ts'
import {
  atRate,
  checkWiring,
  fullSpeed,
  halfRateCase,
  journeyCase,
  plentifulSkus,
  warmUp,
  type JourneyName,
  type Travel,
} from './journeys.ts'
import { direct, embedded, startShopWired, type ShopWiring } from './shop-wirings.ts'

/** 15 % of the throughput, and what that is as time on a core that has nothing else to do. */
const MOST_THROUGHPUT_LOST = 0.15
const MOST_CPU_ADDED = 1 / (1 - MOST_THROUGHPUT_LOST) - 1
const MOST_P99_ADDED = 0.1

export async function measureJourneys(
  names: readonly JourneyName[],
  quick: boolean,
  results: Results,
  bench: Bench,
  failures: string[],
): Promise<void> {
  bench.say('starting the shop twice: direct, and with embedded sidecars')
  try {
    const both = await Promise.all(
      [direct, embedded].map(async (wiring) => ({ wiring, running: await startShopWired(wiring, bench) })),
    )
    const skus = await plentifulSkus(both[0]!.running)
    const started = await checked(both, skus, bench, failures)
    const plan = { rounds: quick ? 1 : 3, seconds: 0, warmUp: () => Promise.resolve() }
    let journeys: Travel['journeys'] | null = null
    for (const { name, running } of started) {
      bench.say(`${name.padEnd(18)} warms up`)
      const counted = await warmUp(running, skus, quick)
      journeys ??= counted // of the first, which is direct
    }
    if (journeys === null) throw new Error('no wiring does what is claimed')
    const travel: Travel = { skus, journeys }
    const cases = names.map((name) => fullSpeed(name, travel))
    await measureRounds(cases, started, plan, results, bench, failures)
    const paced = names.flatMap((name) => {
      const most = figure(results, journeyCase(name), direct.name, 'rps')
      return most === undefined ? [] : [atRate(name, most / 2, travel, quick)]
    })
    await measureRounds(paced, started, plan, results, bench, failures)
    for (const { running } of both) await running.stop()
  } catch (error) {
    failures.push(`the shop: ${error instanceof Error ? error.message : String(error)}`)
    bench.say(failures.at(-1)!)
  }
  for (const name of names) judge(name, results)
}

/** Those that are what they are called. */
async function checked(
  both: readonly { readonly wiring: ShopWiring; readonly running: Running }[],
  skus: readonly string[],
  bench: Bench,
  failures: string[],
): Promise<Started[]> {
  const started: Started[] = []
  for (const { wiring, running } of both) {
    const wrong = await checkWiring(running, wiring.meshed, skus)
    failures.push(...wrong.map((line) => `the shop, ${wiring.name}: ${line}`))
    bench.say(`${wiring.name.padEnd(18)} ${wrong.length === 0 ? 'does what is claimed' : wrong.join('; ')}`)
    if (wrong.length === 0) started.push({ name: wiring.name, running })
  }
  return started
}

const figure = (results: Results, name: string, subject: string, metric: string): number | undefined =>
  results.cases.find((each) => each.case === name && each.subject === subject)?.metrics[metric]

function judge(journey: JourneyName, results: Results): void {
  const add = (name: string, what: string, metric: string, most: number, cost: Cost): void => {
    const [without, meshed] = [direct, embedded].map((wiring) => figure(results, name, wiring.name, metric))
    const got = without === undefined || meshed === undefined ? undefined : cost(without, meshed)
    results.targets.push({
      name: `${name}: ${what}`,
      wanted: `≤ ${percent(most)}`,
      got: got === undefined ? 'not measured' : percent(got),
      met: got !== undefined && got <= most,
    })
  }
  const full = journeyCase(journey)
  add(full, 'throughput that the mesh costs', 'rps', MOST_THROUGHPUT_LOST, (without, meshed) => 1 - meshed / without)
  add(full, 'the same as CPU time that it adds to a journey', 'cpu_us_per_request', MOST_CPU_ADDED, added)
  add(halfRateCase(journey), 'p99 that the mesh adds', 'p99_ms', MOST_P99_ADDED, added)
}

/** As a share of what it is without the mesh. */
type Cost = (without: number, meshed: number) => number
const added: Cost = (without, meshed) => meshed / without - 1
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
