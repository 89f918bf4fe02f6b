import type { EndpointsSnapshot, InboundSnapshot, OutboundSnapshot } from '@meshmart/mesh-policy'
import { expect, test } from 'vitest'
import { clusters, endpoints, listeners, routes, type Snapshots } from './snapshot-tables.ts'

const host = 'orders.meshmart.svc.cluster.local'
const cluster = `outbound|80|v1|${host}`
const outbound: OutboundSnapshot = {
  host,
  namespace: 'meshmart',
  routes: [
    {
      name: 'canary',
      source: 'VirtualService meshmart/orders',
      match: [{ uri: { kind: 'prefix', value: '/v1' } }],
      destinations: [{ cluster, weight: 90 }],
      timeoutMs: 3_000,
      retries: { attempts: 2, perTryTimeoutMs: 0, retryOn: [] },
    },
  ],
  clusters: {
    [cluster]: {
      name: cluster,
      host,
      port: 80,
      subset: 'v1',
      subsetLabels: { version: 'v1' },
      loadBalancer: 'LEAST_REQUEST',
      tls: 'ISTIO_MUTUAL',
      connectTimeoutMs: 1_000,
      outlierDetection: null,
    },
  },
}
const inbound: InboundSnapshot = {
  namespace: 'meshmart',
  workload: 'orders',
  peerAuthentication: { mode: 'STRICT', source: 'default', ports: { '5432': 'DISABLE' } },
  authorizationPolicies: [{ source: 'AuthorizationPolicy meshmart/orders', action: 'ALLOW', rules: [] }],
}
const addresses: EndpointsSnapshot = {
  host,
  endpoints: [
    {
      instance: 'orders-1',
      address: '10.0.0.1',
      ports: { '80': 15_006 },
      identity: 'spiffe://cluster.local/ns/meshmart/sa/orders',
      transport: 'mtls',
      labels: {},
      locality: 'eu/a',
      weight: 1,
    },
  ],
}
const snapshots: Snapshots = {
  [`outbound.meshmart.${host}`]: outbound,
  [`endpoints.${host}`]: addresses,
  'inbound.meshmart.orders': inbound,
}

test.each([
  [routes, `${host}  canary  VirtualService meshmart/orders  1        ${cluster} 90  3000ms   2`],
  [clusters, `${cluster}  LEAST_REQUEST  ISTIO_MUTUAL  1000ms   -`],
  [endpoints, `${host}  orders-1  80→10.0.0.1:15006  spiffe://cluster.local/ns/meshmart/sa/orders  1       eu/a`],
  [listeners, 'orders.meshmart  STRICT  5432 DISABLE  ALLOW AuthorizationPolicy meshmart/orders'],
])('%o shows what an operator looks for', (view, line) => {
  expect(view(snapshots).split('\n')[1]).toBe(line)
  expect(view({})).toBe('Nothing is there')
})
