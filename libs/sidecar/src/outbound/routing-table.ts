/** Routes and clusters of one host or one virtual host, ready to be asked: built when a snapshot arrives, replaced as a whole, never changed. */
import {
  prepareRoutes,
  prepareTcpRoutes,
  type Cluster,
  type OutboundView,
  type PreparedDestination,
  type Reader,
  type Route,
  type RouteTable,
  type TcpPort,
  type TcpRoute,
  type TcpRouteTable,
} from '@meshmart/mesh-policy'
import type { ClusterRuntime } from './cluster-runtime.ts'

export interface RoutingTable {
  readonly routes: RouteTable
  /** What a destination among several is asked for as; null where none of them says anything of it. */
  readonly authorities: ReadonlyMap<PreparedDestination, string> | null
  /** By service port: those that are carried as they are. */
  readonly tcp: ReadonlyMap<number, PreparedTcpPort>
  /** By cluster name. */
  readonly clusters: ReadonlyMap<string, ClusterRuntime>
}

export interface PreparedTcpPort {
  readonly protocol: TcpPort['protocol']
  readonly routes: TcpRouteTable
}

export const NO_TCP: RoutingTable['tcp'] = new Map()

/** Everything that can go wrong with a snapshot goes wrong here, before anything is changed. @throws Error that names the route */
export function prepareRouting(
  routes: readonly Route[],
  clusters: Readonly<Record<string, Cluster>>,
  reader: Reader,
  { tcp, absent }: Pick<OutboundView, 'tcp' | 'absent'> = {},
): Omit<RoutingTable, 'clusters'> {
  requireClusters(routes, clusters, absent)
  const prepared = prepareRoutes(routes, reader)
  return { routes: prepared, authorities: authoritiesOf(prepared), tcp: prepareTcp(tcp, clusters, reader, absent) }
}

/** Those of the DestinationRules that are for this reader take the place of everybody's: for each cluster the first whose labels it carries. */
export function clustersOf(
  { clusters, clustersFor = [] }: Pick<OutboundView, 'clusters' | 'clustersFor'>,
  { labels }: Pick<Reader, 'labels'>,
): OutboundView['clusters'] {
  const own = clustersFor.filter((entry) =>
    Object.entries(entry.labels).every(([name, value]) => labels[name] === value),
  )
  return own.length === 0 ? clusters : Object.assign({}, clusters, ...own.map((entry) => entry.clusters).reverse())
}

/**
 * Istio writes the authority of one destination among several as a request header of that destination, which header operations leave alone: to Envoy it is a
 * rewrite of the host.
 */
export function authoritiesOf({ rules }: RouteTable): RoutingTable['authorities'] {
  const authorities = new Map<PreparedDestination, string>()
  for (const { prepared } of rules) {
    for (const [index, destination] of prepared.destinations.entries()) {
      const authority = prepared.route.destinations[index]?.headers?.request?.set?.['host'] ?? ''
      if (authority !== '') authorities.set(destination, authority)
    }
  }
  return authorities.size === 0 ? null : authorities
}

/** @throws RangeError that names the route */
function prepareTcp(
  tcp: Readonly<Record<string, TcpPort>> | undefined,
  clusters: Readonly<Record<string, Cluster>>,
  reader: Reader,
  absent?: readonly string[],
): RoutingTable['tcp'] {
  if (tcp === undefined) return NO_TCP
  const prepared = new Map<number, PreparedTcpPort>()
  for (const [port, { protocol, routes }] of Object.entries(tcp)) {
    requireClusters(routes, clusters, absent)
    prepared.set(Number(port), { protocol, routes: prepareTcpRoutes(routes, reader) })
  }
  return prepared
}

/** @param absent clusters that do not exist, as the control plane knows: whoever is sent to one is told so @throws RangeError that names route and cluster */
export function requireClusters(
  routes: readonly (Route | TcpRoute)[],
  clusters: Readonly<Record<string, Cluster>>,
  absent: readonly string[] = [],
): void {
  for (const route of routes) {
    const mirrors = 'mirrors' in route ? (route.mirrors ?? []) : []
    for (const { cluster } of [...route.destinations, ...mirrors]) {
      if (!Object.hasOwn(clusters, cluster) && !absent.includes(cluster))
        throw new RangeError(`route ${route.name} of ${route.source}: cluster ${cluster} is not in the snapshot`)
    }
  }
}
