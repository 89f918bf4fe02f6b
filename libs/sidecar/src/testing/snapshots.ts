/** Snapshots for tests, as the control plane would compile them, with every field that a test does not speak of at its default. */
import type { Cluster, InboundSnapshot, OutboundSnapshot, Route } from '@meshmart/mesh-policy'

export function clusterOf(host: string, more: Partial<Cluster> = {}): Cluster {
  return {
    name: `outbound|80||${host}`,
    host,
    port: 80,
    subset: null,
    subsetLabels: {},
    loadBalancer: 'LEAST_REQUEST',
    tls: 'ISTIO_MUTUAL',
    connectTimeoutMs: 2000,
    outlierDetection: null,
    ...more,
  }
}

export function routeTo(host: string, more: Partial<Route> = {}): Route {
  return {
    name: 'default',
    source: 'default',
    match: [],
    destinations: [{ cluster: `outbound|80||${host}`, weight: 100 }],
    timeoutMs: 0,
    retries: {
      attempts: 2,
      perTryTimeoutMs: 0,
      retryOn: ['connect-failure', 'refused-stream', 'unavailable', 'cancelled'],
    },
    ...more,
  }
}

export function outboundTo(
  host: string,
  namespace: string,
  more: { route?: Partial<Route>; cluster?: Partial<Cluster> } = {},
): OutboundSnapshot {
  const cluster = clusterOf(host, more.cluster)
  return { host, namespace, routes: [routeTo(host, more.route)], clusters: { [cluster.name]: cluster } }
}

export function inboundOf(
  namespace: string,
  workload: string,
  policies: InboundSnapshot['authorizationPolicies'] = [],
): InboundSnapshot {
  return {
    namespace,
    workload,
    peerAuthentication: { mode: 'STRICT', source: 'PeerAuthentication istio-system/default' },
    authorizationPolicies: policies,
  }
}
