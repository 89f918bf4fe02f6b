/** Telemetry resources in effect on real parts: a log file, the page of figures, spans. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { AccessLog } from './access-log.ts'
import { TelemetryControl } from './control.ts'
import { blankEntry } from './entry.ts'
import { RequestMetrics, type PeerLabels } from './metrics.ts'
import { Tracer } from './tracer.ts'

const directory = mkdtempSync(join(tmpdir(), 'telemetry-'))
const file = join(directory, 'access.log')
const accessLog = new AccessLog(file)
const metrics = new RequestMetrics()
const tracer = new Tracer(1, () => 0.5)
const control = new TelemetryControl({ accessLog, metrics, tracer })

afterEach(() => {
  control.prepareWorkload()()
  control.prepareGateway()()
})
process.once('exit', () => rmSync(directory, { recursive: true, force: true }))

function lines(...directions: ('inbound' | 'outbound' | 'ingress')[]): string[] {
  const before = readFileSync(file, 'utf8').length
  for (const direction of directions)
    for (const status of [200, 503])
      accessLog.write({ ...blankEntry(direction), startedAt: 1, method: 'GET', path: '/', status })
  accessLog.flush()
  const written = readFileSync(file, 'utf8').slice(before)
  return [...written.matchAll(/(inbound|outbound|ingress) .* (200|503) /g)].map(
    ([, direction = '', status = '']) => `${direction} ${status}`,
  )
}

test('lines: those of a direction are off or filtered, the others go on', () => {
  expect(lines('inbound', 'outbound')).toHaveLength(4)
  control.prepareWorkload({
    server: { accessLog: { enabled: true, filter: 'response.code >= 500' } },
    client: { accessLog: { enabled: false } },
  })()
  expect(lines('inbound', 'outbound', 'ingress')).toEqual(['inbound 503', 'ingress 200', 'ingress 503'])
  control.prepareGateway({ client: { accessLog: { enabled: false } } })()
  expect(lines('inbound', 'ingress')).toEqual(['inbound 503'])
})

test('a filter that cannot be used is refused, and what was in force stays', () => {
  control.prepareWorkload({ server: { accessLog: { enabled: false } } })()
  expect(() => control.prepareWorkload({ server: { accessLog: { enabled: true, filter: 'nonsense >' } } })).toThrow(
    SyntaxError,
  )
  expect(lines('inbound')).toEqual([])
})

const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true, tracestate: null, baggage: null }

test('spans: the share of new traces, what is not kept, and what is said beside', () => {
  expect(tracer.sample()).toBe(true)
  control.prepareWorkload({
    server: {
      tracing: {
        reports: true,
        samplingPercentage: 40,
        customTags: [
          { name: 'team', kind: 'literal', value: 'shop' },
          { name: 'who', kind: 'header', of: 'x-who', defaultValue: '?' },
          { name: 'path', kind: 'environment', of: 'TELEMETRY_SPEC_UNSET', defaultValue: 'none' },
        ],
      },
    },
    client: { tracing: { reports: false } },
  })()
  expect([tracer.sample(), tracer.sample('client')]).toEqual([false, true])
  expect(tracer.start('client', 'out', trace, null)).toBeNull()
  tracer.failed('client', 'out', trace, null, 1).end(true)
  expect(tracer.take(9)).toEqual([])
  const span = tracer.failed('server', 'in', trace, null, 1)
  tracer.tag(span, { header: (name) => (name === 'x-who' ? 'me' : undefined) })
  expect(Object.fromEntries(span.attributes)).toEqual({ team: 'shop', who: 'me', path: 'none' })
})

const peer = (reporter: PeerLabels['reporter'], sourceWorkload: string): PeerLabels => ({
  reporter,
  sourceWorkload,
  sourceNamespace: 'shop',
  sourcePrincipal: 'p',
  destinationWorkload: 'd',
  destinationService: 'd',
  destinationServiceName: 'd',
  destinationNamespace: 'shop',
  destinationPrincipal: 'q',
  securityPolicy: 'mutual_tls',
})

test('figures: one is off for one side; a label that is gone makes two series one', () => {
  for (const workload of ['a', 'b']) metrics.family(peer('destination', workload)).of(200, '-').observe(1, 2, 3)
  metrics.family(peer('source', 'a')).of(200, '-').observe(1, 2, 3)
  const page = (name: string) =>
    metrics
      .exposition()
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`))
  expect(page('istio_requests_total')).toHaveLength(3)
  const gone = ['source_workload', 'source_app', 'source_canonical_service'].map((name) => ({ name, value: null }))
  control.prepareWorkload({
    client: { metrics: { disabled: true } },
    server: {
      metrics: {
        overrides: [
          { metric: 'REQUEST_COUNT', tags: [...gone, { name: 'team', value: 'a"b' }] },
          { metric: 'REQUEST_DURATION', tags: gone },
          { metric: 'REQUEST_SIZE', disabled: true },
        ],
      },
    },
  })()
  expect(page('istio_requests_total')).toEqual([
    expect.stringMatching(/^istio_requests_total\{reporter="destination",(?!.*source_app).*,team="a\\"b"\} 2$/),
  ])
  expect(page('istio_request_duration_milliseconds_count')).toEqual([expect.stringMatching(/ 2$/)])
  expect(page('istio_request_bytes_count')).toEqual([])
  expect(page('istio_response_bytes_count')).toHaveLength(2)
})
