/** Snapshots as tables: the few fields that an operator looks for; `-o json` has everything. */
import type { EndpointsSnapshot, InboundSnapshot, OutboundSnapshot, Route } from '@meshmart/mesh-policy'
import { columns } from '../table.ts'

/** By key of the bucket `mesh`. */
export type Snapshots = Readonly<Record<string, unknown>>

const of = <T>(snapshots: Snapshots, kinds: readonly string[]): T[] =>
  Object.entries(snapshots).flatMap(([key, value]) => (kinds.includes(key.split('.')[0] ?? '') ? [value as T] : []))
const routed = (snapshots: Snapshots) => of<OutboundSnapshot>(snapshots, ['outbound'])

export function routes(snapshots: Snapshots): string {
  const rows = routed(snapshots).flatMap(({ host, routes: list }) => list.map((route) => [host, ...routeCells(route)]))
  return table(['HOST', 'ROUTE', 'SOURCE', 'MATCHES', 'DESTINATIONS', 'TIMEOUT', 'RETRIES'], rows)
}

function routeCells({ name, source, match, destinations, timeoutMs, retries }: Route): string[] {
  const whither = destinations.map(({ cluster, weight }) => `${cluster} ${weight}`).join(', ')
  return [
    name,
    source,
    match.length === 0 ? '*' : String(match.length),
    whither,
    `${timeoutMs}ms`,
    String(retries.attempts),
  ]
}

export function clusters(snapshots: Snapshots): string {
  const found = of<Pick<OutboundSnapshot, 'clusters'>>(snapshots, ['outbound', 'gateway'])
  const all = new Map(found.flatMap((snapshot) => Object.entries(snapshot.clusters)))
  const rows = [...all.values()].map((cluster) => {
    const { name, loadBalancer, tls, connectTimeoutMs, outlierDetection } = cluster
    return [name, loadBalancer, tls, `${connectTimeoutMs}ms`, outlierDetection === null ? '-' : 'on']
  })
  return table(['CLUSTER', 'BALANCING', 'TLS', 'CONNECT', 'OUTLIERS'], rows)
}

export function endpoints(snapshots: Snapshots): string {
  const rows = of<EndpointsSnapshot>(snapshots, ['endpoints']).flatMap(({ host, endpoints: list }) =>
    list.map(({ instance, address, ports, identity, weight, locality }) => {
      const where = Object.entries(ports).map(([port, at]) => `${port}→${address}:${at}`)
      return [host, instance, where.join(' '), identity, String(weight), locality]
    }),
  )
  return table(['HOST', 'INSTANCE', 'PORTS', 'IDENTITY', 'WEIGHT', 'LOCALITY'], rows)
}

export function listeners(snapshots: Snapshots): string {
  const rows = of<InboundSnapshot>(snapshots, ['inbound']).flatMap((inbound) => {
    const { namespace, workload, peerAuthentication, authorizationPolicies } = inbound
    const policies = authorizationPolicies.map(({ source, action }) => `${action} ${source}`).join(', ')
    const ports = Object.entries(peerAuthentication.ports ?? {}).map(([port, mode]) => `${port} ${mode}`)
    return [[`${workload}.${namespace}`, peerAuthentication.mode, ports.join(', ') || '-', policies || '-']]
  })
  return table(['WORKLOAD', 'MTLS', 'BY PORT', 'POLICIES'], rows)
}

export const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  rows.length === 0 ? 'Nothing is there' : columns([heads, ...rows]).join('\n')
