/**
 * `npm run bench:tax [-- --quick] [-- --json FILE] [-- --only TEXT,…]`: what the mesh costs: a call from one application to another (embedded, through a pair
 * of our sidecar processes, through a pair of Envoys, without any of it), and the shop's own journeys (embedded, without). docs/benchmarks/README.md says how.
 */
import { parseArgs } from 'node:util'
import { Results } from '../report/results.ts'
import { openBench } from './harness/bench.ts'
import { report } from './harness/report.ts'
import { halfRateCase, journeyCase, journeyNames } from './shop/journeys.ts'
import { measureJourneys } from './shop/measure-journeys.ts'
import { callCases, measureCalls } from './tax/calls.ts'

const { values } = parseArgs({
  options: { json: { type: 'string' }, quick: { type: 'boolean', default: false }, only: { type: 'string' } },
})
const { quick, only } = values
const words = only?.toLowerCase().split(',')
const asked = (name: string): boolean => words === undefined || words.some((word) => name.includes(word.trim()))
const calls = callCases.filter((each) => (!quick || each.quick || only !== undefined) && asked(each.name))
// Half of the maximum is found by measuring the maximum.
const journeys = journeyNames.filter((name) => asked(halfRateCase(name)))
if (calls.length + journeys.length === 0) {
  const names = [...callCases.map(({ name }) => name), ...journeyNames.map(journeyCase)]
  throw new Error(`--only: no case contains "${only}"; there are:\n${names.join('\n')}`)
}

const began = performance.now()
const results = new Results()
const bench = await openBench(['wrk', 'python3'])
const failures: string[] = []
if (calls.length > 0) await measureCalls(calls, quick, results, bench, failures)
if (journeys.length > 0) await measureJourneys(journeys, quick, results, bench, failures)

const exitCode = report({
  title: 'What the mesh costs',
  command: 'bench:tax',
  began,
  results,
  failures,
  partial: quick || only !== undefined,
  json: values.json,
})
bench.processes.killAll()
process.exit(exitCode)
