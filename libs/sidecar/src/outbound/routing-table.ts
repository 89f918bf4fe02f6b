/** Routes and clusters of one host or one virtual host, ready to be asked: built when a snapshot arrives, replaced as a whole, never changed. */
import {
  prepareRetryPolicy,
  prepareRoutes,
  type Cluster,
  type PreparedRetryPolicy,
  type Route,
  type RouteTable,
} from '@meshmart/mesh-policy'
import type { ClusterRuntime } from './cluster-runtime.ts'

export interface PreparedRouting {
  readonly routes: RouteTable
  readonly retryPolicies: ReadonlyMap<Route, PreparedRetryPolicy>
}

export interface RoutingTable extends PreparedRouting {
  /** By cluster name. */
  readonly clusters: ReadonlyMap<string, ClusterRuntime>
}

/** Everything that can go wrong with a snapshot goes wrong here, before anything is changed. @throws Error that names the route */
export function prepareRouting(routes: readonly Route[], clusters: Readonly<Record<string, Cluster>>): PreparedRouting {
  for (const route of routes) {
    for (const { cluster } of route.destinations) {
      if (!Object.hasOwn(clusters, cluster))
        throw new RangeError(`route ${route.name} of ${route.source}: cluster ${cluster} is not in the snapshot`)
    }
  }
  return {
    routes: prepareRoutes(routes),
    retryPolicies: new Map(routes.map((route) => [route, prepareRetryPolicy(route.retries)])),
  }
}
