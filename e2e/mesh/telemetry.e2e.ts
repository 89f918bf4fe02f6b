/** One purchase is one trace through all services, one access-log line for each call, and counted under Istio's names and labels. */
import { randomBytes, randomUUID } from 'node:crypto'
import { Order } from '@meshmart/contracts'
import { beforeAll, expect, inject, test } from 'vitest'
import { Customer, MUG, orderOf } from '../testing/client.ts'
import { listeningPorts, pidsOf } from '../testing/processes.ts'
import { meshLogOf, replicasOf, sidecarOf } from '../testing/replicas.ts'

const { url, home } = inject('shop')
const services = ['gateway', 'orders', 'payments', 'inventory']
const traceId = randomBytes(16).toString('hex')
let order: Order

const logsOf = (service: string): string[] =>
  replicasOf(home, service).flatMap((name) => meshLogOf(home, name).split('\n'))

async function metricsOf(service: string): Promise<string> {
  const pages = replicasOf(home, service).map(async (name) => {
    for (const port of listeningPorts(pidsOf(home)[sidecarOf(home, name)]!)) {
      const answer = await fetch(`http://127.0.0.1:${port}/stats/prometheus`).catch(() => undefined)
      if (answer?.ok === true && answer.headers.get('content-type')?.startsWith('text/plain'))
        return await answer.text()
    }
    throw new Error(`${name} has no admin listener`)
  })
  return (await Promise.all(pages)).join('\n')
}

beforeAll(async () => {
  const headers = { 'idempotency-key': randomUUID(), traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` }
  const customer = new Customer(url)
  order = await customer.decided(await customer.call('POST', '/api/v1/orders', orderOf(MUG), headers))
})

test('the caller’s W3C trace goes through every service, and each call is one line of the access log', async () => {
  expect(order.traceId).toBe(traceId)
  for (const service of services) {
    const inbound = () =>
      logsOf(service).filter((line) => line.includes(`trace_id=${traceId}`) && / (inbound|ingress) "/.test(line))
    await expect.poll(() => inbound().length, { timeout: 5000 }).toBeGreaterThan(0)
    for (const line of inbound()) {
      expect(line).toMatch(
        service === 'gateway'
          ? /ingress "POST \/api\/v1\/orders HTTP\/1\.1" 201 - /
          : /inbound ".+" 20\d - ".*AuthorizationPolicy meshmart\//,
      )
    }
  }
  // Another replica than the one that confirmed may have reserved: each writes its log in its own time. Twice would be written at once.
  const reservations = () =>
    logsOf('inventory').filter((line) => line.includes(traceId) && line.includes('inbound "POST /v1/reservations HTTP'))
  await expect.poll(() => reservations().length, { timeout: 5000 }).toBe(1)
})

test('istio_requests_total and istio_request_duration_milliseconds, from both sides of a call', async () => {
  const labels = [
    'source_workload="orders"',
    'source_principal="spiffe://cluster.local/ns/meshmart/sa/orders"',
    'destination_workload="payments"',
    'destination_service="payments.meshmart.svc.cluster.local"',
    'destination_principal="spiffe://cluster.local/ns/meshmart/sa/payments"',
    'destination_canonical_service="payments"',
    'response_code="201"',
    'response_flags="-"',
  ]
  for (const [service, reporter, policy] of [
    ['orders', 'source', 'unknown'], // Istio's word for what the caller's side cannot vouch for
    ['payments', 'destination', 'mutual_tls'],
  ] as const) {
    const lines = (await metricsOf(service)).split('\n')
    const fits = (name: string) =>
      lines.filter(
        (line) =>
          line.startsWith(name) &&
          [`reporter="${reporter}"`, `connection_security_policy="${policy}"`, ...labels].every((label) =>
            line.includes(label),
          ),
      )
    expect(fits('istio_requests_total{').map((line) => Number(line.split(' ').at(-1)) > 0)).toContain(true)
    expect(fits('istio_request_duration_milliseconds_bucket{').length).toBeGreaterThan(10)
  }
})
