/**
 * `npm run bench:tax [-- --quick] [-- --json FILE] [-- --only NAME,…]`: what a call from one application to another costs with the mesh
 * embedded, through a pair of our sidecar processes, through a pair of Envoys, and without any of it. docs/benchmarks/README.md says how.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Results } from '../report/results.ts'
import { clone } from '../testing/shop-under-test.ts'
import { ask } from './harness/ask.ts'
import { openBench } from './harness/bench.ts'
import type { Case } from './harness/cases.ts'
import { measureRounds } from './harness/rounds.ts'
import type { Started } from './harness/start.ts'
import type { Running } from './harness/subject.ts'
import { caseTables, disturbance, machineLine, targetTable } from './harness/table.ts'
import { verifyLogs } from './harness/verify.ts'
import { wrk } from './load/wrk.ts'
import { envoy } from './peers/envoy.ts'
import { sidecar } from './peers/sidecar.ts'
import { answer } from './tax/apps.ts'
import { direct, embedded, through } from './tax/wirings.ts'

const { values } = parseArgs({
  options: { json: { type: 'string' }, quick: { type: 'boolean', default: false }, only: { type: 'string' } },
})
const { quick, only } = values
const wanted = only?.toLowerCase().split(',')
const wirings = [direct, embedded, through(sidecar), through(envoy)].filter(
  ({ name }) => wanted === undefined || wanted.some((word) => name.toLowerCase().includes(word)),
)
const plan = { rounds: quick ? 1 : 3, seconds: quick ? 2 : 5, warmUpSeconds: quick ? 1 : 3 }
const load = { path: '/items/1' }
const cases: Case[] = [1, 32].map((connections) => ({
  name: `app to app: ${connections} connection${connections === 1 ? '' : 's'}`,
  kind: 'pair',
  quick: true,
  run: (running, seconds) => wrk(running, { ...load, connections }, seconds),
}))

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

const began = performance.now()
const results = new Results()
const bench = await openBench(['wrk'])
const failures: string[] = []
const started: Started[] = []
for (const wiring of wirings) {
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
await measureRounds(cases, started, plan, results, bench, failures)

const judged = cases.at(-1)!.name
const cpu = (name: string): number | undefined =>
  results.cases.find((each) => each.case === judged && each.subject === name)?.metrics['cpu_us_per_request']
if (only === undefined) {
  const [ours, theirs, bare] = [embedded.name, `${envoy.name} pair`, direct.name].map(cpu)
  const measured = ours !== undefined && theirs !== undefined
  results.targets.push({
    name: `${judged}: CPU per request with a pair of Envoys over embedded`,
    wanted: '≥ 1.5 ×',
    got: measured ? `${(theirs / ours).toFixed(2)} ×` : 'not measured',
    met: measured && theirs / ours >= 1.5,
  })
  if (bare !== undefined)
    for (const { name } of started.filter(({ name: each }) => each !== direct.name))
      results.add('the tax itself: 32 connections', name, { cpu_us_per_request: (cpu(name) ?? Number.NaN) - bare })
}
const report = [
  '# What the mesh costs a call',
  `${new Date().toISOString().slice(0, 10)}, ${machineLine()}, ${((performance.now() - began) / 60_000).toFixed(1)} min, by \`npm run bench:tax\`. Method: [README](README.md).`,
  ...[disturbance(results.cases) ?? []].flat(),
  ...(results.targets.length > 0 ? ['## Targets', targetTable(results.targets)] : []),
  ...(failures.length > 0 ? ['## Not measured', failures.map((line) => `- ${line}`).join('\n')] : []),
  '## Figures',
  caseTables(results.cases),
].join('\n\n')
console.log(`\n${report}\n`)
results.write(values.json)
if (!quick && only === undefined) writeFileSync(join(clone, 'docs/benchmarks/tax.md'), `${report}\n`)
bench.processes.killAll()
process.exit(failures.length === 0 && results.targets.every(({ met }) => met) ? 0 : 1)
