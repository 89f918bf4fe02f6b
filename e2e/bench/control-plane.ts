/**
 * `npm run bench:control-plane [-- --quick] [-- --services N] [-- --sidecars N] [-- --json FILE]`: a real NATS, a real control plane and simulated sidecars that
 * are real clients (e2e/bench/control-plane): how long a change takes until all who need it run it, who else hears of it, and what all of it costs.
 */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import { Results } from '../report/results.ts'
import { clone } from '../testing/shop-under-test.ts'
import { analyzeMs } from './control-plane/analyses.ts'
import { measureApplies, type Applies } from './control-plane/applies.ts'
import type { CompileCost } from './control-plane/compile-program.ts'
import { Fleet } from './control-plane/fleet.ts'
import { callersOf, configurationOf, kubernetesServicesOf, REPLICAS } from './control-plane/large-mesh.ts'
import { watched } from './control-plane/memory.ts'
import { footprintOf, type Footprint } from './harness/kernel.ts'
import { quantile } from './harness/quantile.ts'
import { startStage } from './control-plane/stage.ts'
import { report } from './harness/report.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    services: { type: 'string', default: '1000' },
    sidecars: { type: 'string', default: '200' },
    node: { type: 'string', multiple: true, default: [] },
  },
})
const size = { services: Number(values.services), sidecars: Number(values.sidecars) }
const isWhole = !values.quick && size.services === 1_000 && size.sidecars === 200
const [changes, churnSeconds] = values.quick ? [10, 10] : [150, 60]
const began = performance.now()
const results = new Results()
const say = (line: string): void =>
  console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${line}`)

say(`compiling ${size.services} services in a process of its own`)
const compile = await compileCost()
results.add('compile', 'text to resources', { ms: compile.readMs })
results.add('compile', 'every snapshot', { ms: compile.fullMs })
results.add('compile', 'one changed VirtualService', { ms: compile.incrementalMs })
for (const { what, ns } of compile.lookups) results.add('look-ups of a request', what, { ns })

say('NATS and the control plane start')
const stage = await startStage(size, say, values.node)
const pid = stage.controlPlane.pid
process.on('uncaughtExceptionMonitor', () => console.error(stage.lastWords()))
const footprints: Footprint[] = []
const remember = (subject: string, { pssMb, rssMb }: Footprint): void => {
  footprints.push({ pssMb, rssMb })
  results.add('memory of the control plane', subject, { pss_mb: pssMb, rss_mb: rssMb })
}
remember('empty', footprintOf(pid))

const configuration = configurationOf(size)
const file = join(stage.folder, 'configuration.yaml')
writeFileSync(file, configuration)
say(`applying ${2 * size.services} resources at once (${(configuration.length / 2 ** 20).toFixed(1)} MiB)`)
const applyBegan = performance.now()
const applied = await watched(pid, stage.operator.apply(configuration))
results.add('the whole configuration', 'apply', { ms: performance.now() - applyBegan })
remember('most while everything is applied', applied.seen.most)

say(`${size.services * REPLICAS} leases, ${size.sidecars} sidecars join`)
const joinBegan = performance.now()
const joined = await watched(pid, Fleet.start(stage, size))
const fleet = joined.answer
results.add('the whole configuration', 'all sidecars have joined and know their hosts', {
  ms: performance.now() - joinBegan,
})
remember('most while sidecars join', joined.seen.most)
await sleep(3_000)
const atRest = await watched(pid, sleep(values.quick ? 3_000 : 8_000))
remember('at rest, all have joined', atRest.seen.last)
results.add('CPU time', 'at rest: leases are renewed', { cpu_percent: atRest.seen.cpuPercent })

const callers = callersOf(size)
const few = [...callers.keys()].filter((index) => index !== 0).slice(0, changes)
const some = await measured('of a host that few call', few)
const all = await measured(
  'of the host that all call',
  Array.from({ length: changes }, () => 0),
)

say(`${churnSeconds} s of 100 endpoint changes a second`)
await fleet.arrivals()
const churning = fleet.churn({ perSecond: 100, seconds: churnSeconds })
const firstHalf = await watched(pid, sleep(churnSeconds * 500))
const churned = await watched(pid, churning)
await sleep(1_500)
const { lagsMs } = await fleet.arrivals()
const perSecond = churned.answer.changes / churned.answer.seconds
results.add('endpoint churn', `${churned.answer.changes} changes`, {
  per_second: perSecond,
  p50_ms: quantile(lagsMs, 0.5),
  p99_ms: quantile(lagsMs, 0.99),
  most_ms: quantile(lagsMs, 1),
  arrivals: lagsMs.length,
})
results.add('CPU time', 'endpoint churn', { cpu_percent: churned.seen.cpuPercent })
remember('most during the first half of the churn', firstHalf.seen.most)
remember('most during the second half', churned.seen.most)
remember('after the churn', churned.seen.last)
results.add('NATS', `${some.watches.toLocaleString('en')} watches`, { rss_mb: footprintOf(stage.nats.pid).rssMb })
fleet.stop()

say('meshctl analyze')
const runs = values.quick ? 2 : 7
const serviceFile = join(stage.folder, 'services.yaml')
writeFileSync(serviceFile, kubernetesServicesOf(size))
const analyzeLarge = await analyzeMs([file, serviceFile], Math.ceil(runs / 2))
const analyzeShop = await analyzeMs([join(clone, 'infra/mesh')], runs)
results.add('meshctl analyze, process start included', 'the large configuration', { ms: analyzeLarge })
results.add('meshctl analyze, process start included', "the shop's", { ms: analyzeShop })

judge()
await stage.controlPlane.stop()
stage.processes.killAll()
process.exit(
  report({
    title: 'The control plane of a large mesh',
    command: 'bench:control-plane',
    began,
    results,
    failures: [],
    partial: !isWhole,
    json: values.json,
    preface: `${size.services.toLocaleString('en')} services × ${REPLICAS} endpoints, as many VirtualServices and DestinationRules, ${size.sidecars} sidecars that call ten hosts each; NATS, the control plane, all sidecars and ${(size.services * REPLICAS).toLocaleString('en')} renewed leases share this machine.`,
  }),
)

async function measured(what: string, indices: readonly number[]): Promise<Applies> {
  say(`${indices.length} changed VirtualServices ${what}`)
  const { answer, seen } = await watched(pid, measureApplies({ stage, fleet, size }, indices, say))
  const { acknowledgedMs, publishedMs } = answer
  const figures = (times: readonly number[]): Record<string, number> => ({
    p50_ms: quantile(times, 0.5),
    p99_ms: quantile(times, 0.99),
    most_ms: quantile(times, 1),
  })
  const name = `one changed VirtualService ${what} (up to ${answer.concerned})`
  results.add(name, 'apply → in the bucket', figures(publishedMs))
  results.add(name, 'apply → acknowledged by all that need it', figures(acknowledgedMs))
  results.add('snapshots that arrived', what, {
    needed: answer.needed,
    not_needed: answer.notNeeded,
    other_messages: answer.otherMessages,
  })
  remember(`most during changes ${what}`, seen.most)
  return answer
}

async function compileCost(): Promise<CompileCost> {
  const program = join(import.meta.dirname, 'control-plane/compile-program.ts')
  const args = [program, String(size.services), values.quick ? '3' : '9']
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout) as CompileCost
}

function judge(): void {
  results.atMost('a change that few need: acknowledged, p99', quantile(some.acknowledgedMs, 0.99), 500, 'ms')
  results.atMost('a change that all need: acknowledged, p99', quantile(all.acknowledgedMs, 0.99), 500, 'ms')
  const unneeded = [some, all].reduce((sum, { notNeeded, otherMessages }) => sum + notNeeded + otherMessages, 0)
  results.atMost('what a sidecar that does not need it receives', unneeded, 0, 'messages')
  results.atMost('full compile', compile.fullMs, 1_000, 'ms')
  results.atMost('incremental compile', compile.incrementalMs, 20, 'ms')
  const most = Math.max(...footprints.map(({ rssMb }) => rssMb))
  results.atMost('memory of the control plane, the most that was seen (RSS)', most, 250, 'MB')
  results.atMost('endpoint churn: lag, the most', quantile(lagsMs, 1), 1_000, 'ms')
  results.targets.push({
    name: 'endpoint churn: sustained',
    wanted: `≥ 99 changes/s for ${churnSeconds} s`,
    got: `${perSecond.toFixed(1)} changes/s`,
    met: perSecond >= 99,
  })
  const grown = churned.seen.most.rssMb - firstHalf.seen.most.rssMb
  results.atMost('endpoint churn: memory of the second half over that of the first', grown, 10, 'MB')
  results.atMost('analyze of this configuration', analyzeLarge, 2_000, 'ms')
  results.atMost("analyze of the shop's", analyzeShop, 300, 'ms')
  const ns = (what: string): number => compile.lookups.find((each) => each.what === what)?.ns ?? Infinity
  const growth = (what: string, small: string, large: string): number => ns(`${what} ${large}`) / ns(`${what} ${small}`)
  results.atMost('exact host: 10,000 over 100 hosts', growth('exact host among', '100', '10,000'), 5, '×')
  results.atMost('wildcard: 10,000 over 100 hosts', growth('host below a wildcard among', '100', '10,000'), 5, '×')
  results.atMost('rule: 1,000 over 10', growth('rule among', '10', '1,000'), 5, '×')
}
