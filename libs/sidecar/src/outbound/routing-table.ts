/** Routes and clusters of one host or one virtual host, ready to be asked: built when a snapshot arrives, replaced as a whole, never changed. */
import {
  prepareRoutes,
  prepareTcpRoutes,
  type Cluster,
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
  tcp?: Readonly<Record<string, TcpPort>>,
): Omit<RoutingTable, 'clusters'> {
  requireClusters(routes, clusters)
  return { routes: prepareRoutes(routes, reader), tcp: prepareTcp(tcp, clusters, reader) }
}

/** @throws RangeError that names the route */
function prepareTcp(
  tcp: Readonly<Record<string, TcpPort>> | undefined,
  clusters: Readonly<Record<string, Cluster>>,
  reader: Reader,
): RoutingTable['tcp'] {
  if (tcp === undefined) return NO_TCP
  const prepared = new Map<number, PreparedTcpPort>()
  for (const [port, { protocol, routes }] of Object.entries(tcp)) {
    requireClusters(routes, clusters)
    prepared.set(Number(port), { protocol, routes: prepareTcpRoutes(routes, reader) })
  }
  return prepared
}

/** @throws RangeError that names route and cluster */
export function requireClusters(
  routes: readonly (Route | TcpRoute)[],
  clusters: Readonly<Record<string, Cluster>>,
): void {
  for (const route of routes) {
    const mirrors = 'mirrors' in route ? (route.mirrors ?? []) : []
    for (const { cluster } of [...route.destinations, ...mirrors]) {
      if (!Object.hasOwn(clusters, cluster))
        throw new RangeError(`route ${route.name} of ${route.source}: cluster ${cluster} is not in the snapshot`)
    }
  }
}
