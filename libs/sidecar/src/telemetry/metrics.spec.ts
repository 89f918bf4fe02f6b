import { expect, it } from 'vitest'
import { RequestMetrics, type RequestLabels } from './metrics.ts'

const labels: RequestLabels = {
  reporter: 'source',
  sourceWorkload: 'orders',
  sourceNamespace: 'meshmart',
  sourcePrincipal: 'spiffe://cluster.local/ns/meshmart/sa/orders',
  destinationWorkload: 'inventory',
  destinationService: 'inventory.meshmart.svc.cluster.local',
  destinationServiceName: 'inventory',
  destinationNamespace: 'meshmart',
  destinationPrincipal: 'spiffe://cluster.local/ns/meshmart/sa/inventory',
  responseCode: 200,
  responseFlags: '-',
  securityPolicy: 'unknown',
}

it("counts under Istio's names and labels", () => {
  const metrics = new RequestMetrics()
  const family = metrics.family(labels)
  family.of(200, '-').observe(3, 0, 90)
  family.of(200, '-').observe(7, 12, 5_000_000)
  family.of(503, 'UF').observe(0.2, 0, 0)
  const text = metrics.exposition()
  expect(text).toMatch(
    /istio_requests_total\{reporter="source",source_workload="orders",.*response_code="200",response_flags="-".*\} 2\n/,
  )
  expect(text).toMatch(/istio_requests_total\{.*response_code="503",response_flags="UF".*\} 1\n/)
  const duration = 'istio_request_duration_milliseconds'
  expect(text).toMatch(new RegExp(`${duration}_bucket\\{.*response_code="200".*le="1"\\} 0\\n`))
  expect(text).toMatch(new RegExp(`${duration}_bucket\\{.*response_code="200".*le="5"\\} 1\\n`))
  expect(text).toMatch(new RegExp(`${duration}_bucket\\{.*response_code="200".*le="10"\\} 2\\n`))
  expect(text).toMatch(new RegExp(`${duration}_bucket\\{.*response_code="200".*le="\\+Inf"\\} 2\\n`))
  expect(text).toMatch(new RegExp(`${duration}_sum\\{.*response_code="200".*\\} 10\\n`))
  expect(text).toMatch(/istio_request_bytes_sum\{.*response_code="200".*\} 12\n/)
  expect(text).toMatch(/istio_response_bytes_bucket\{.*response_code="200".*le="3600000"\} 1\n/)
  expect(text).toMatch(/istio_response_bytes_count\{.*response_code="200".*\} 2\n/)
})

it('a bound belongs to what is not above it', () => {
  const metrics = new RequestMetrics()
  metrics.record(labels, 5)
  expect(metrics.exposition()).toMatch(/istio_request_duration_milliseconds_bucket\{.*le="5"\} 1\n/)
})

it('gives one handle for one combination, whoever asks for it', () => {
  const metrics = new RequestMetrics()
  const [one, other] = [metrics.family(labels), metrics.family(labels)]
  expect(one.of(200, '-')).toBe(other.of(200, '-'))
  expect(one.of(200, '-')).not.toBe(one.of(201, '-'))
  expect(one.of(503, 'UF')).toBe(other.of(503, 'UF'))
  expect(one.of(503, 'UF')).not.toBe(one.of(503, 'UO'))
})

it('counts connections', () => {
  const metrics = new RequestMetrics()
  const series = metrics.tcp(labels)
  series.opened += 2
  series.closed++
  series.sentBytes += 700
  series.receivedBytes += 30
  const text = metrics.exposition()
  expect(text).toMatch(
    /istio_tcp_connections_opened_total\{reporter="source",.*request_protocol="tcp",response_flags="-",.*\} 2\n/,
  )
  expect(text).toMatch(/istio_tcp_connections_closed_total\{.*\} 1\n/)
  expect(text).toMatch(/istio_tcp_sent_bytes_total\{.*\} 700\n/)
  expect(text).toMatch(/istio_tcp_received_bytes_total\{.*\} 30\n/)
  expect(text).not.toMatch(/istio_tcp_\w+\{.*response_code=/)
})

it('is bounded, and says what that costs', () => {
  const metrics = new RequestMetrics(2)
  for (let code = 200; code < 210; code++) metrics.family(labels).of(code, '-').observe(1, 0, 0)
  metrics.family(labels).of(200, '-').observe(1, 0, 0)
  const text = metrics.exposition()
  expect(text.match(/^istio_requests_total\{/gm)).toHaveLength(2)
  expect(text).toContain('mesh_metrics_dropped_total 8\n')
  expect(text).toMatch(/istio_requests_total\{.*response_code="200".*\} 2\n/)
})

it('escapes what could end a label', () => {
  const metrics = new RequestMetrics()
  metrics.record({ ...labels, sourceWorkload: 'a"b\\c\nd' }, 1)
  expect(metrics.exposition()).toContain('source_workload="a\\"b\\\\c\\nd"')
})
