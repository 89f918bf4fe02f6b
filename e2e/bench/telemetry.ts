/**
 * `npm run bench:telemetry [-- --quick] [-- --json FILE]`: what each part of telemetry adds to a request, with it on and off, in one thread and without any
 * network. The measured code and the cases are the library's own: libs/sidecar/src/telemetry/testing/cost.ts.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Results } from '../report/results.ts'
import { clone } from '../testing/shop-under-test.ts'
import { report } from './harness/report.ts'

interface Row {
  readonly name: string
  /** Case that it builds on: what is given is the difference. */
  readonly over: string | null
  readonly nanoseconds: number
  readonly spreadPercent: number
}

const { values } = parseArgs({ options: { json: { type: 'string' }, quick: { type: 'boolean', default: false } } })
const began = performance.now()
const results = new Results()
for (const { name, over, nanoseconds, spreadPercent } of await rowsOf(values.quick ? 3 : 9))
  results.add('telemetry of one request', over === null ? name : `${name} (over "${over}")`, {
    cpu_us_per_request: nanoseconds / 1000,
    cpu_spread_percent: spreadPercent,
  })

process.exit(
  report({
    title: 'What telemetry costs a request',
    command: 'bench:telemetry',
    began,
    results,
    failures: [],
    partial: values.quick,
    json: values.json,
    preface:
      'CPU time of one thread and of those that write for it. What says "over" is the difference to the case named there, and its spread is that of the sum.',
  }),
)

/** In a process of its own, from source; it shows its progress on stderr. */
async function rowsOf(rounds: number): Promise<Row[]> {
  const program = join(clone, 'libs/sidecar/src/telemetry/testing/cost.ts')
  const args = ['--conditions', '@meshmart/source', program, '--rounds', String(rounds)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (code !== 0) throw new Error(`${program} ended with exit code ${String(code)}`)
  return JSON.parse(output) as Row[]
}
