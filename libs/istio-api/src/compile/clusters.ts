/** The clusters that a snapshot needs: each destination with the DestinationRule that applies to it for this caller. */
import type { Cluster, OutboundSnapshot, Route } from '@meshmart/mesh-policy'
import { CLUSTER_DOMAIN } from '../host.ts'
import { clusterName, compileCluster, type Destination } from './cluster.ts'
import type { ConsolidatedRule } from './destination-rules.ts'
import type { PreparedModel } from './model.ts'
import { meshWideMtls } from './peer-authentication.ts'
import type { MeshService } from './service.ts'
import type { Labels } from './workload.ts'

export interface CompiledClusters {
  readonly clusters: Readonly<Record<string, Cluster>>
  /** Named by a route, and not there: a subset that no rule defines, or a service that the caller must not see. */
  readonly absent: readonly string[]
}

/** @param labels of the caller where they are known, as a gateway's */
export function clustersOf(
  model: PreparedModel,
  destinations: readonly Destination[],
  namespace: string,
  labels: Labels = {},
): CompiledClusters {
  const clusters: Record<string, Cluster> = {}
  const absent = new Set<string>()
  for (const destination of destinations) {
    const name = clusterName(destination)
    if (Object.hasOwn(clusters, name) || absent.has(name)) continue
    const cluster = clusterFor(model, destination, namespace, labels)
    if (cluster === null) absent.add(name)
    else clusters[name] = cluster
  }
  return { clusters, absent: [...absent] }
}

/** Null where the caller sees no such cluster. */
export function clusterFor(
  model: PreparedModel,
  destination: Destination,
  namespace: string,
  labels: Labels,
): Cluster | null {
  const { host } = destination
  // Whither a route leads may be any service of the caller's own namespace, also one that is exported to others only, as in Istio.
  const own = () => model.services.at(host).find((each) => each.namespace === namespace) ?? null
  const service = model.services.find(host, namespace) ?? own()
  // A name that nobody has described may register in a moment; one that is described for others is none here.
  if (service === null ? model.services.find(host) !== null : !service.ports.includes(destination.port)) return null
  const rule = ruleFor(model, host, namespace, service, labels)
  const owner = ownerOf(host, service)
  return compileCluster(destination, rule?.rule ?? null, service, {
    localityLbSetting: model.meshConfig.localityLbSetting,
    connectTimeout: model.meshConfig.connectTimeout,
    peersUseMtls: owner === null || meshWideMtls(model, owner) !== 'DISABLE',
  })
}

/** The DestinationRule that a caller with these labels is held to. */
export function ruleFor(
  model: PreparedModel,
  host: string,
  namespace: string,
  service: MeshService | null,
  labels: Labels,
): ConsolidatedRule | null {
  return model.destinationRules.find(host, namespace, ownerOf(host, service), labels)
}

/** What DestinationRules with a `workloadSelector` make of the same destinations, for callers that carry those labels. */
export function clustersForWorkloads(
  model: PreparedModel,
  destinations: readonly Destination[],
  namespace: string,
): NonNullable<OutboundSnapshot['clustersFor']> {
  return destinations.flatMap((destination) => {
    const service = model.services.find(destination.host, namespace)
    const selectors = model.destinationRules.selectorsFor(
      destination.host,
      namespace,
      ownerOf(destination.host, service),
    )
    return selectors.flatMap((labels) => {
      const { clusters } = clustersOf(model, [destination], namespace, labels)
      return Object.keys(clusters).length === 0 ? [] : [{ labels, clusters }]
    })
  })
}

/** With a consistent hash a retry may go to the same endpoint again unless the route says otherwise, as in Istio: another has not the data. */
export function withHashRetries(routes: readonly Route[], clusters: Readonly<Record<string, Cluster>>): Route[] {
  return routes.map((route) => {
    const [only, ...more] = route.destinations
    const hashes = only !== undefined && more.length === 0 && clusters[only.cluster]?.consistentHash !== undefined
    if (!hashes || route.retries.ignorePreviousHosts !== undefined) return route
    return { ...route, retries: { ...route.retries, ignorePreviousHosts: false } }
  })
}

/** The namespace that a host belongs to; null where it belongs to none. */
function ownerOf(host: string, service: MeshService | null): string | null {
  if (service !== null) return service.namespace
  return host.endsWith(`.${CLUSTER_DOMAIN}`) ? (host.split('.')[1] ?? null) : null
}
