/**
 * `npm run bench:peers [-- --quick] [-- --json FILE] [-- --only TEXT,…] [-- --subjects NAME,…]`: our sidecar as a process beside Envoy,
 * haproxy, nginx and http-proxy, in one run, taking turns on one core. docs/benchmarks/README.md says how and why.
 */
import { parseArgs } from 'node:util'
import { Results } from '../report/results.ts'
import { openBench } from './harness/bench.ts'
import { cases, halfRateCases, memoryCase } from './harness/cases.ts'
import { report } from './harness/report.ts'
import { measureHalfRate, measureMemory, measureRounds, warmUpFor } from './harness/rounds.ts'
import { startSubjects } from './harness/start.ts'
import type { Kind } from './harness/subject.ts'
import { judge } from './harness/targets.ts'
import { subjects as everyone } from './peers/index.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    subjects: { type: 'string' },
  },
})
const { quick } = values
const words = (text: string): string[] => text.toLowerCase().split(',')
const asked = (name: string): boolean =>
  values.only === undefined || words(values.only).some((word) => name.toLowerCase().includes(word.trim()))
const subjects = everyone.filter(
  ({ name }) => values.subjects === undefined || words(values.subjects).includes(name.toLowerCase()),
)
if (subjects.length === 0) throw new Error(`--subjects: there are ${everyone.map(({ name }) => name).join(', ')}`)
const plan = { rounds: quick ? 1 : 3, seconds: quick ? 1 : 5, warmUp: quick ? warmUpFor(1) : warmUpFor(3, 1) }
const inPart = cases.filter((each) => (!quick || each.quick || values.only !== undefined) && asked(each.name))
const halfRate = (['outbound', 'pair'] as const).filter(
  (kind) => asked(halfRateCases[kind]) && (!quick || values.only !== undefined),
)
const memory = asked(memoryCase) && (!quick || values.only !== undefined)
if (inPart.length + halfRate.length === 0 && !memory)
  throw new Error(
    `--only: no case contains "${values.only}"; there are:\n${[...cases.map(({ name }) => name), ...Object.values(halfRateCases), memoryCase].join('\n')}`,
  )

const began = performance.now()
const results = new Results()
const bench = await openBench(['wrk', ...subjects.flatMap(({ needs }) => needs)])
const versions: string[] = []
for (const subject of subjects) versions.push(`${subject.name} ${await subject.version()}`)
bench.say(`${versions.join(', ')}; proxies on core ${bench.cores.proxy}, load and upstream on core ${bench.cores.load}`)
const failures: string[] = []

for (const kind of ['outbound', 'inbound', 'pair'] satisfies Kind[]) {
  const ofKind = inPart.filter((each) => each.kind === kind)
  const half = halfRate.find((each) => each === kind)
  if (ofKind.length === 0 && half === undefined) continue
  const started = await startSubjects(kind, subjects, bench, failures)
  await measureRounds(ofKind, started, plan, results, bench, failures)
  if (half !== undefined) await measureHalfRate(half, started, plan, results, bench, failures)
  for (const { running } of started) await running.stop()
}
if (memory) await measureMemory(subjects, results, bench, failures)

const planned = new Set([
  ...inPart.map(({ name }) => name),
  ...halfRate.map((kind) => halfRateCases[kind]),
  ...(memory ? [memoryCase] : []),
])
judge(results, planned, new Set(subjects.map(({ name }) => name)))
const exitCode = report({
  title: 'Peers on one core',
  command: 'bench:peers',
  began,
  results,
  failures,
  partial: quick || values.only !== undefined || values.subjects !== undefined,
  json: values.json,
  preface: [
    'What is on for each:',
    '',
    ...subjects.map(({ name, features }, index) => `- **${versions[index] ?? name}**: ${features}`),
  ].join('\n'),
})
bench.processes.killAll()
process.exit(exitCode)
