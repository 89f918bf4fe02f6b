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
  metrics.record(labels, 3)
  metrics.record(labels, 7)
  metrics.record({ ...labels, responseCode: 503, responseFlags: 'UF' }, 0.2)
  const text = metrics.exposition()
  expect(text).toMatch(
    /istio_requests_total\{reporter="source",source_workload="orders",.*response_code="200",response_flags="-".*\} 2\n/,
  )
  expect(text).toMatch(/response_code="503",response_flags="UF".*\} 1\n/)
  expect(text).toMatch(/istio_request_duration_milliseconds_bucket\{.*response_code="200".*le="5"\} 1\n/)
  expect(text).toMatch(/istio_request_duration_milliseconds_bucket\{.*response_code="200".*le="10"\} 2\n/)
  expect(text).toMatch(/istio_request_duration_milliseconds_bucket\{.*response_code="200".*le="\+Inf"\} 2\n/)
  expect(text).toMatch(/istio_request_duration_milliseconds_sum\{.*response_code="200".*\} 10\n/)
})

it('escapes what could end a label', () => {
  const metrics = new RequestMetrics()
  metrics.record({ ...labels, sourceWorkload: 'a"b\\c\nd' }, 1)
  expect(metrics.exposition()).toContain('source_workload="a\\"b\\\\c\\nd"')
})
