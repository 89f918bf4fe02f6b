/** App to app: one call between the same two programs in four wirings, and what the mesh adds to it. */
import type { Results } from '../../report/results.ts'
import { ask } from '../harness/ask.ts'
import type { Case } from '../harness/cases.ts'
import { measureRounds, warmUpFor } from '../harness/rounds.ts'
import type { Started } from '../harness/start.ts'
import type { Bench, Running } from '../harness/subject.ts'
import { verifyLogs } from '../harness/verify.ts'
import { wrk } from '../load/wrk.ts'
import { envoy } from '../peers/envoy.ts'
import { sidecar } from '../peers/sidecar.ts'
import { answer } from './apps.ts'
import { direct, embedded, through } from './wirings.ts'

const load = { path: '/items/1' }
export const callCases: readonly Case[] = [1, 32].map((connections) => ({
  name: `app to app: ${connections} connection${connections === 1 ? '' : 's'}`,
  kind: 'pair',
  quick: connections === 32,
  run: (running, seconds) => wrk(running, { ...load, connections }, seconds),
}))
const judged = callCases.at(-1)!.name

/** A wiring that skips the policy or the log is no mesh. */
async function check({ port, accessLogs }: Running): Promise<string[]> {
  const status = (method: string, path: string): Promise<number> =>
    ask({ port, method, path }).then((got) => got.status)
  const wrong: string[] = []
  if ((await ask({ port, path: '/items/1' })).body !== answer) wrong.push('the answer is not that of the callee')
  const meshed = accessLogs.length > 0
  const refused = [await status('GET', '/admin'), await status('DELETE', '/items/1')]
  if (refused.some((code) => code !== (meshed ? 403 : 200)))
    wrong.push(`what the policy refuses is answered ${refused.join(', ')}`)
  return [...wrong, ...(await verifyLogs(accessLogs, (path) => ask({ port, path })))]
}

export async function measureCalls(
  cases: readonly Case[],
  quick: boolean,
  results: Results,
  bench: Bench,
  failures: string[],
): Promise<void> {
  const started: Started[] = []
  for (const wiring of [direct, embedded, through(sidecar), through(envoy)]) {
    try {
      const running = await wiring.start(bench)
      const wrong = await check(running)
      bench.say(
        `${wiring.name.padEnd(18)} ${wrong.length === 0 ? 'does what is claimed' : `FAILED its check: ${wrong.join('; ')}`}`,
      )
      failures.push(...wrong.map((line) => `${wiring.name}: ${line}`))
      if (wrong.length === 0) started.push({ name: wiring.name, running })
      else await running.stop()
    } catch (error) {
      failures.push(`${wiring.name}: ${error instanceof Error ? error.message : String(error)}`)
      bench.say(`${wiring.name.padEnd(18)} FAILED to start: ${failures.at(-1)}`)
    }
  }
  const plan = { rounds: quick ? 1 : 3, seconds: quick ? 1 : 5, warmUp: quick ? warmUpFor(1) : warmUpFor(3, 1) }
  await measureRounds(cases, started, plan, results, bench, failures)
  for (const { running } of started) await running.stop()
  if (cases.some(({ name }) => name === judged)) judge(results)
}

/** CPU time of everything between and including the two programs decides; throughput stands beside it. */
function judge(results: Results): void {
  const of = (subject: string, metric: string): number | undefined =>
    results.cases.find((each) => each.case === judged && each.subject === subject)?.metrics[metric]
  const cpu = (subject: string): number | undefined => of(subject, 'cpu_us_per_request')
  const pair = `${envoy.name} pair`
  const [ours, theirs] = [cpu(embedded.name), cpu(pair)]
  const [ourRate, theirRate] = [of(embedded.name, 'rps'), of(pair, 'rps')]
  const measured = [ours, theirs, ourRate, theirRate].every((value) => value !== undefined)
  results.targets.push({
    name: `${judged}: CPU per call with a pair of Envoys over embedded`,
    wanted: '≥ 1.5 ×',
    got: measured
      ? `${(theirs! / ours!).toFixed(2)} × (throughput ${(ourRate! / theirRate!).toFixed(2)} ×)`
      : 'not measured',
    met: measured && theirs! / ours! >= 1.5,
  })
  const bare = cpu(direct.name)
  if (bare === undefined) return
  for (const subject of [embedded.name, `${sidecar.name} pair`, pair]) {
    const meshed = cpu(subject)
    if (meshed !== undefined)
      results.add('the tax itself: 32 connections', subject, { cpu_us_per_request: meshed - bare })
  }
}
