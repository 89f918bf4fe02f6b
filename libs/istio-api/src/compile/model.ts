/** Everything that a snapshot is compiled from, and the questions that both directions ask it. */
import type { Cluster } from '@meshmart/mesh-policy'
import { CLUSTER_DOMAIN } from '../host.ts'
import { ofKind, type Resource } from '../resource.ts'
import { clusterName, compileCluster, destinationRuleFor } from './cluster.ts'
import type { CompiledRoute } from './route.ts'
import type { MeshService } from './service.ts'

export interface MeshModel {
  readonly resources: readonly Resource[]
  readonly services: readonly MeshService[]
}

/** Istio's root namespace: what stands there applies to the whole mesh. */
export const ROOT_NAMESPACE = 'istio-system'
const DEFAULT_PORT = 80

/** The port of a destination that names none: the service's only port, else 80. */
export function portOf(model: MeshModel, host: string): number {
  const ports = model.services.find((service) => service.host === host)?.ports ?? []
  return ports.length === 1 ? (ports[0] ?? DEFAULT_PORT) : DEFAULT_PORT
}

/** Clusters that some routes lead to, as seen from a namespace. */
export function clustersOf(
  model: MeshModel,
  routes: readonly CompiledRoute[],
  namespace: string,
): Record<string, Cluster> {
  const rules = ofKind(model.resources, 'DestinationRule')
  const clusters: Record<string, Cluster> = {}
  for (const destination of routes.flatMap((route) => route.destinations)) {
    const namespaces = [namespace, namespaceOf(model, destination.host), ROOT_NAMESPACE]
    const cluster = compileCluster(destination, destinationRuleFor(rules, destination.host, namespaces))
    if (cluster !== null) clusters[clusterName(destination)] = cluster
  }
  return clusters
}

function namespaceOf(model: MeshModel, host: string): string {
  const service = model.services.find((candidate) => candidate.host === host)
  if (service !== undefined) return service.namespace
  return host.endsWith(`.${CLUSTER_DOMAIN}`) ? (host.split('.')[1] ?? ROOT_NAMESPACE) : ROOT_NAMESPACE
}
