/**
 * What each part of telemetry costs a request, in nanoseconds, with it on and off; `npm run bench:telemetry` starts it and makes a table of it.
 * Rounds alternate between all cases, so that a busy neighbour meets each of them; a figure is the median, or its difference to the case beneath it.
 * usage: node -C @meshmart/source cost.ts --rounds COUNT; JSON on stdout, progress on stderr
 */
import { mkdtempSync, openSync, rmSync, write, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { AccessLog } from '../access-log.ts'
import { incomingTrace } from '../incoming-trace.ts'
import { RequestMetrics } from '../metrics.ts'
import { OutboundRecorder } from '../outbound-recorder.ts'
import { toOtlp } from '../span-export.ts'
import { childOf, formatTraceparent, newTraceId, type TraceContext } from '../trace-context.ts'
import { Tracer } from '../tracer.ts'
import { clusterOf, routeTo } from '../../testing/snapshots.ts'
import { destinationOf, requestTo, type Destination } from './cost-exchange.ts'

const PER_ROUND = 200_000

interface Case {
  readonly name: string
  /** Case that it builds on; null for the first. */
  readonly over: string | null
  run(count: number): void
}

const directory = mkdtempSync(join(tmpdir(), 'telemetry-cost-'))
const self = {
  workload: 'orders',
  namespace: 'meshmart',
  principal: 'cluster.local/ns/meshmart/sa/orders',
  host: 'orders.meshmart.svc.cluster.local',
}
const HOST = 'inventory.meshmart.svc.cluster.local'
const destination = destinationOf(clusterOf(HOST), routeTo(HOST))
const noFields = { combined: (): string | undefined => undefined }
const came = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00'
const w3cFields = { combined: (name: string): string | undefined => (name === 'traceparent' ? came : undefined) }
const head = Buffer.allocUnsafe(512)
let kept = 0

/** Makes the exchange and gives it to whatever records it. */
function recording(recorder: OutboundRecorder | null, to: Destination): (count: number) => void {
  return (count) => {
    for (let index = 0; index < count; index++) {
      const exchange = requestTo(to, index)
      recorder?.ended(exchange)
      kept += exchange.tries
    }
  }
}

function recorder(log: string): OutboundRecorder {
  return new OutboundRecorder({
    metrics: new RequestMetrics(),
    accessLog: new AccessLog(log),
    tracer: new Tracer(0),
    self,
  })
}

/** As a proxy does it: reads what came, makes the next step, writes its line into a head. */
function tracing(fields: typeof w3cFields, tracer: Tracer): (count: number) => void {
  return (count) => {
    for (let index = 0; index < count; index++) {
      const trace = incomingTrace(fields, tracer) ?? newTrace(tracer)
      kept += head.write(`traceparent: ${formatTraceparent(childOf(trace))}\r\n`, 'latin1')
    }
  }
}

function newTrace(tracer: Tracer): TraceContext {
  return { traceId: newTraceId(), spanId: '', sampled: tracer.sample(), tracestate: null, baggage: null }
}

/** A span with the attributes of a try, and its share of the batch that is sent. */
function spanning(tracer: Tracer): (count: number) => void {
  return (count) => {
    for (let index = 0; index < count; index++) {
      const trace = childOf(newTrace(tracer))
      const span = tracer.start('client', 'GET inventory', trace, null)
      kept += trace.traceId.length
      if (span === null) continue
      span.attributes
        .set('http.request.method', 'GET')
        .set('url.path', '/v1/products')
        .set('server.address', 'inventory.meshmart.svc.cluster.local')
        .set('network.peer.address', '127.0.0.1')
        .set('network.peer.port', 8080)
        .set('mesh.mtls', true)
        .set('http.response.status_code', 200)
      span.end(false)
      if (tracer.waiting === 512) kept += JSON.stringify(toOtlp(tracer.take(512), new Map())).length
    }
  }
}

/** Only the writing: blocks of 64 KiB, as the log does it, and handed to another thread. */
function writing(wait: boolean): (count: number) => void {
  const descriptor = openSync(join(directory, wait ? 'sync' : 'async'), 'a')
  const lines = 'x'.repeat(64 * 1024)
  return (count) => {
    for (let index = 0; index < count; index += LINES_PER_BLOCK) {
      const block = Buffer.from(lines)
      if (wait) writeSync(descriptor, block)
      else write(descriptor, block, () => (kept += 1))
    }
  }
}
/** 64 KiB of lines as this shop writes them. */
const LINES_PER_BLOCK = 180

const cases: readonly Case[] = [
  { name: 'exchange', over: null, run: recording(null, destination) },
  { name: 'metrics', over: 'exchange', run: recording(recorder('off'), destination) },
  { name: 'metrics and access log', over: 'metrics', run: recording(recorder(join(directory, 'log')), destination) },
  { name: 'log written in this thread', over: null, run: writing(true) },
  { name: 'log written in another thread', over: null, run: writing(false) },
  { name: 'new trace context', over: null, run: tracing(noFields, new Tracer(0)) },
  { name: 'trace context of the caller', over: null, run: tracing(w3cFields, new Tracer(0)) },
  { name: 'span, not sampled', over: null, run: spanning(new Tracer(0)) },
  { name: 'span, 1 % sampled', over: 'span, not sampled', run: spanning(new Tracer(0.01)) },
  { name: 'span, all sampled', over: 'span, not sampled', run: spanning(new Tracer(1)) },
]

/** Processor time of this process, which neighbours disturb less than the clock on the wall; threads of the pool count too. */
function nanosecondsEach(run: Case['run']): number {
  const before = process.cpuUsage()
  run(PER_ROUND)
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / PER_ROUND
}

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '9' } } })
const rounds = Number(values.rounds)
const samples = new Map<string, number[]>(cases.map(({ name }) => [name, []]))
for (let warm = 0; warm < 2; warm++) for (const { run } of cases) run(PER_ROUND)
for (let round = 0; round < rounds; round++) {
  for (const { name, run } of cases) {
    samples.get(name)?.push(nanosecondsEach(run))
    // What was handed to another thread is written before the next case begins.
    await new Promise((resolve) => setImmediate(resolve))
  }
  process.stderr.write(`round ${round + 1}/${rounds}\n`)
}
const figures = new Map([...samples].map(([name, each]) => [name, each.toSorted((a, b) => a - b)]))
const median = (name: string): number => figures.get(name)?.[rounds >> 1] ?? 0
const rows = cases.map(({ name, over }) => {
  const sorted = figures.get(name) ?? []
  return {
    name,
    over,
    nanoseconds: Math.round(median(name) - (over === null ? 0 : median(over))),
    spreadPercent: (100 * ((sorted.at(-1) ?? 0) - (sorted[0] ?? 0))) / median(name),
  }
})
if (kept === 0) throw new Error('nothing was kept: the compiler may have removed what is measured')
rmSync(directory, { recursive: true })
process.stdout.write(`${JSON.stringify(rows)}\n`, () => process.exit(0))
