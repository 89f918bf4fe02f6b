/** Both wirings of the shop side by side, asked in turn, and what the mesh may cost them. */
import type { Results } from '../../report/results.ts'
import { measureRounds } from '../harness/rounds.ts'
import type { Started } from '../harness/start.ts'
import type { Bench, Running } from '../harness/subject.ts'
import { checkWiring, journeyCases, plentifulSkus, warmUp } from './journeys.ts'
import { direct, embedded, startShopWired } from './shop-wirings.ts'

/** 15 % of the throughput, and what that is as time on a core that has nothing else to do. */
const MOST_THROUGHPUT_LOST = 0.15
const MOST_CPU_ADDED = 1 / (1 - MOST_THROUGHPUT_LOST) - 1
const MOST_P99_ADDED = 0.1

export async function measureJourneys(
  names: readonly string[],
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
    const started: Started[] = []
    for (const { wiring, running } of both) {
      const wrong = await checkWiring(running, wiring.meshed, skus)
      failures.push(...wrong.map((line) => `the shop, ${wiring.name}: ${line}`))
      bench.say(`${wiring.name.padEnd(18)} ${wrong.length === 0 ? 'does what is claimed' : wrong.join('; ')}`)
      if (wrong.length === 0) started.push({ name: wiring.name, running })
    }
    const cases = journeyCases(skus, quick).filter(({ name }) => names.includes(name))
    const warm = (running: Running): Promise<void> => warmUp(running, skus, quick)
    await measureRounds(cases, started, { rounds: quick ? 1 : 3, seconds: 0, warmUp: warm }, results, bench, failures)
    for (const { running } of both) await running.stop()
  } catch (error) {
    failures.push(`the shop: ${error instanceof Error ? error.message : String(error)}`)
    bench.say(failures.at(-1)!)
  }
  for (const name of names) judge(name, results)
}

function judge(name: string, results: Results): void {
  const of = (subject: string, metric: string): number | undefined =>
    results.cases.find((each) => each.case === name && each.subject === subject)?.metrics[metric]
  const add = (
    what: string,
    metric: string,
    most: number,
    changeOf: (without: number, meshed: number) => number,
  ): void => {
    const [without, meshed] = [of(direct.name, metric), of(embedded.name, metric)]
    const change = without === undefined || meshed === undefined ? undefined : changeOf(without, meshed)
    results.targets.push({
      name: `${name}: ${what}`,
      wanted: `≤ ${percent(most)}`,
      got: change === undefined ? 'not measured' : percent(change),
      met: change !== undefined && change <= most,
    })
  }
  const added = (without: number, meshed: number): number => meshed / without - 1
  add('throughput that the mesh costs', 'rps', MOST_THROUGHPUT_LOST, (without, meshed) => 1 - meshed / without)
  add('the same as CPU time: added to a journey', 'cpu_us_per_request', MOST_CPU_ADDED, added)
  add('p99 that the mesh adds', 'p99_ms', MOST_P99_ADDED, added)
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
