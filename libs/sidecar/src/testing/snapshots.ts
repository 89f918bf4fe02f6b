/** Snapshots for tests, as the control plane would compile them, with every field that a test does not speak of at its default. */
import type { Cluster, InboundSnapshot, OutboundSnapshot, Route, TcpPort } from '@meshmart/mesh-policy'

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

/** A host with one port that is carried as it is. @param more a default route to the host's own cluster where it names none */
export function tcpOutboundTo(
  host: string,
  namespace: string,
  port: number,
  more: { cluster?: Partial<Cluster>; tcp?: Partial<TcpPort>; clusters?: readonly Cluster[] } = {},
): OutboundSnapshot {
  const cluster = clusterOf(host, { name: `outbound|${port}||${host}`, port, ...more.cluster })
  const clusters = [cluster, ...(more.clusters ?? [])]
  const routes = [
    { name: 'default', source: 'default', match: [], destinations: [{ cluster: cluster.name, weight: 100 }] },
  ]
  return {
    host,
    namespace,
    routes: [],
    clusters: Object.fromEntries(clusters.map((each) => [each.name, each])),
    tcp: { [port]: { protocol: 'TCP', routes, ...more.tcp } },
  }
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
