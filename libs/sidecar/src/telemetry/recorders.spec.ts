/** What each recorder writes of one request: the line of its log and the labels of its series. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { RESPONSE_FLAGS } from '@meshmart/mesh-policy'
import { problem } from '../answers.ts'
import { clusterOf, routeTo } from '../testing/snapshots.ts'
import { AccessLog } from './access-log.ts'
import { RequestMetrics } from './metrics.ts'
import { OutboundRecorder, recordRefusal, type Telemetry } from './recorders.ts'
import { destinationOf, requestTo } from './testing/cost-exchange.ts'
import { Tracer } from './tracer.ts'

const directory = mkdtempSync(join(tmpdir(), 'recorders-'))
afterAll(() => rmSync(directory, { recursive: true }))
const HOST = 'inventory.meshmart.svc.cluster.local'
const self = {
  workload: 'orders',
  namespace: 'meshmart',
  principal: 'cluster.local/ns/meshmart/sa/orders',
  host: 'orders.meshmart.svc.cluster.local',
}
let logs = 0

function telemetry(): { telemetry: Telemetry; lines: () => string[] } {
  const file = join(directory, String(logs++))
  const accessLog = new AccessLog(file)
  const lines = (): string[] => {
    accessLog.close()
    return readFileSync(file, 'utf8').trim().split('\n')
  }
  return { telemetry: { metrics: new RequestMetrics(), accessLog, tracer: new Tracer(0), self }, lines }
}

it('a request to a peer: its labels, and request bytes as received by the log', () => {
  const { telemetry: parts, lines } = telemetry()
  const recorder = new OutboundRecorder(parts)
  const to = destinationOf(
    clusterOf(HOST),
    routeTo(HOST, { name: 'a"b', source: 'VirtualService meshmart/my-service' }),
  )
  for (let index = 0; index < 3; index++) recorder.ended(requestTo(to, index))
  const written = lines()
  expect(written[0]).toMatch(
    /"GET \/v1\/products\/0\/reservations HTTP\/1.1" 200 - "via_upstream" 0 200 \d+\.\dms tries=1 /,
  )
  expect(written[0]).toContain(
    'peer="spiffe://cluster.local/ns/meshmart/sa/inventory" upstream="inventory-1 127.0.0.1:9001" ' +
      `cluster="outbound|80||${HOST}" route="VirtualService meshmart/my-service a\\x22b" request_id="`,
  )
  expect(written[1]).toContain('upstream="inventory-2 127.0.0.1:9002"')
  const text = parts.metrics.exposition()
  // Both replicas are one service.
  expect(text.match(/^istio_requests_total\{/gm)).toHaveLength(1)
  expect(text).toMatch(
    /istio_requests_total\{.*destination_principal="spiffe:.*inventory".*response_code="200".*\} 3\n/,
  )
  expect(text).toMatch(/istio_response_bytes_sum\{.*\} 600\n/)
})

it('what had no endpoint, or led nowhere, makes no label of what its caller wrote', () => {
  const { telemetry: parts, lines } = telemetry()
  const recorder = new OutboundRecorder(parts)
  const base = requestTo(destinationOf(clusterOf(HOST), routeTo(HOST)), 0)
  const failed = (more: object) => ({ ...copy(base), status: 503, flag: RESPONSE_FLAGS.UH, reason: 'none', ...more })
  recorder.ended(failed({ candidate: null }))
  recorder.ended(failed({ candidate: null, cluster: null, route: null, authority: 'evil"\n' }))
  const written = lines()
  expect(written).toHaveLength(2)
  expect(written[0]).toContain(`503 UH "none" 0 200`)
  expect(written[0]).toContain(`peer="" upstream="-" cluster="outbound|80||${HOST}" route="default"`)
  expect(written[1]).toContain('cluster="-" route="-"')
  const text = parts.metrics.exposition()
  expect(text).toMatch(/destination_service="inventory\.meshmart.*response_flags="UH"/)
  expect(text).toMatch(/destination_workload="unknown".*destination_service="BlackHoleCluster"/)
  expect(text).not.toContain('evil')
})

it.each([
  ['inbound', 'destination', 'orders', 'unknown'],
  ['ingress', 'source', 'orders', 'unknown'],
  ['outbound', 'source', 'unknown', 'orders'],
] as const)('what was refused before it was a request (%s)', (direction, reporter, destination, source) => {
  const { telemetry: parts, lines } = telemetry()
  const answer = problem(RESPONSE_FLAGS.DPE, 'a bare LF')
  recordRefusal(parts, direction, { method: 'GET', path: '/4242424242424242', answer, peer: null })
  expect(lines()[0]).toMatch(new RegExp(`${direction} "GET /\\[card …4242\\] HTTP/1.1" 400 DPE "a bare LF" `))
  expect(parts.metrics.exposition()).toMatch(
    new RegExp(
      `reporter="${reporter}",source_workload="${source}".*destination_workload="${destination}".*response_flags="DPE"`,
    ),
  )
})

/** With its getters read: a class's are not copied by a spread. */
function copy(of: ReturnType<typeof requestTo>): ReturnType<typeof requestTo> {
  return { ...of, startedAt: of.startedAt, elapsed: of.elapsed }
}
