/**
 * Public conformance suites against the sidecar: `npm run conformance -- [--target edge|process]… [--suite desync|h1spec|trace-context]… [--all]`.
 * Without arguments everything is run against the embedded edge and the process placement. Ends with `N passed, N failed`; no network but loopback.
 */
import { parseArgs } from 'node:util'
import { desync } from './suites/desync.ts'
import { h1spec } from './suites/h1spec.ts'
import { traceContext } from './suites/trace-context.ts'
import type { Suite, Target } from './target.ts'

/** Loaded when asked for: each needs another part of the tree. */
const TARGETS: Readonly<Record<string, () => Promise<Target>>> = {
  edge: async () => (await import('./targets/edge.ts')).edge(),
  process: async () => (await import('./targets/process.ts')).sidecarProcess(),
}
const SUITES: Readonly<Record<string, Suite>> = { 'trace-context': traceContext, desync, h1spec }

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true, default: ['edge', 'process'] },
    suite: { type: 'string', multiple: true, default: Object.keys(SUITES) },
    all: { type: 'boolean', default: false },
  },
})

function chosen<T>(from: Readonly<Record<string, T>>, names: readonly string[], option: string): [string, T][] {
  return names.map((name) => {
    const found = from[name]
    if (found === undefined) throw new Error(`--${option}: ${name}: must be one of ${Object.keys(from).join(', ')}`)
    return [name, found]
  })
}

let passed = 0
let failed = 0
const suites = chosen(SUITES, values.suite, 'suite')
for (const [name, open] of chosen(TARGETS, values.target, 'target')) {
  try {
    const target = await open()
    for (const [suiteName, suite] of suites) await report(target, suiteName, suite)
    await target.close()
  } catch (error) {
    failed++
    write(`${name}: cannot be judged: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
}
write(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)

async function report(target: Target, name: string, suite: Suite): Promise<void> {
  const outcomes = await suite(target)
  const failures = outcomes.filter(({ failure }) => failure !== null)
  const deviations = outcomes.filter(({ deviation }) => deviation !== undefined).length
  passed += outcomes.length - failures.length
  failed += failures.length
  const instead = deviations === 0 ? '' : ` (${deviations} of them by the RFC's word against the suite's)`
  write(`${target.name}: ${name}: ${outcomes.length - failures.length} of ${outcomes.length}${instead}`)
  for (const { name: of, failure, deviation } of values.all ? outcomes : failures) {
    const verdict = failure === null ? `ok      ${of}` : `FAILED  ${of}: ${failure}`
    write(`  ${verdict}${deviation === undefined ? '' : ` [${deviation}]`}`)
  }
}

function write(line: string): void {
  process.stdout.write(`${line}\n`)
}
