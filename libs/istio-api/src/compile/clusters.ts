/** The clusters that a snapshot needs: each destination with the DestinationRule that applies to it for this caller. */
import { hostMatches, type Cluster, type OutboundSnapshot, type Route } from '@meshmart/mesh-policy'
import { CLUSTER_DOMAIN, expandHost } from '../host.ts'
import { ofKind } from '../resource.ts'
import { clusterName, compileCluster, destinationRuleFor, selectorOf, type Destination } from './cluster.ts'
import { ROOT_NAMESPACE, type PreparedModel } from './model.ts'

type Labels = Readonly<Record<string, string>>

/** @param labels of the caller where they are known, as a gateway's */
export function clustersOf(
  model: PreparedModel,
  destinations: readonly Destination[],
  namespace: string,
  labels: Labels = {},
): Record<string, Cluster> {
  const rules = ofKind(model.resources, 'DestinationRule')
  const clusters: Record<string, Cluster> = {}
  for (const destination of destinations) {
    const namespaces = [namespace, namespaceOf(model, destination.host), ROOT_NAMESPACE]
    const rule = destinationRuleFor(rules, destination.host, namespaces, labels)
    const cluster = compileCluster(destination, rule, model.services.find(destination.host))
    if (cluster !== null) clusters[clusterName(destination)] = cluster
  }
  return clusters
}

/** What DestinationRules with a `workloadSelector` make of the same destinations, for callers that carry those labels. */
export function clustersForWorkloads(
  model: PreparedModel,
  destinations: readonly Destination[],
  namespace: string,
): NonNullable<OutboundSnapshot['clustersFor']> {
  const rules = ofKind(model.resources, 'DestinationRule').filter((rule) => {
    const host = expandHost(rule.spec.host, rule.namespace)
    const applies = rule.namespace === namespace && destinations.some((each) => hostMatches(host, each.host))
    return applies && Object.keys(selectorOf(rule)).length > 0
  })
  return rules.map((rule) => ({
    labels: selectorOf(rule),
    clusters: clustersOf(
      model,
      destinations.filter((each) => hostMatches(expandHost(rule.spec.host, rule.namespace), each.host)),
      namespace,
      selectorOf(rule),
    ),
  }))
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

function namespaceOf(model: PreparedModel, host: string): string {
  const service = model.services.find(host)
  if (service !== null) return service.namespace
  return host.endsWith(`.${CLUSTER_DOMAIN}`) ? (host.split('.')[1] ?? ROOT_NAMESPACE) : ROOT_NAMESPACE
}
