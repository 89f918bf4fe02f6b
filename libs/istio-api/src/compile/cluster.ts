/**
 * Clusters: a destination with the traffic policy that applies to it. Which DestinationRule that is follows Istio: the caller's namespace is
 * asked first, then the service's, then the root namespace; within one a rule for the caller's labels goes before one for everybody, and the
 * most specific host wins.
 */
import { compareHostSpecificity, hostMatches, type Cluster } from '@meshmart/mesh-policy'
import { OUTLIER_SUCCESS_RATE, readSuccessRate } from '../checks/annotations.ts'
import { expandHost } from '../host.ts'
import type { ResourceOf } from '../resource.ts'
import type { MeshService } from './service.ts'
import { carries } from './service-entry.ts'
import { policyAt } from './policy-at.ts'
import {
  clientTls,
  connectionPool,
  connectTimeoutMs,
  loadBalancing,
  outlierDetection,
  retryBudget,
} from './traffic-policy.ts'

type DestinationRule = ResourceOf<'DestinationRule'>
type Labels = Readonly<Record<string, string>>

export interface Destination {
  /** Fully qualified. */
  readonly host: string
  readonly port: number
  readonly subset: string | null
}

/** `outbound|80|v1|orders.meshmart.svc.cluster.local` */
export function clusterName({ host, port, subset }: Destination): string {
  return `outbound|${port}|${subset ?? ''}|${host}`
}

/** Null where the subset is defined nowhere: such a cluster does not exist, and a request for it ends with flag NC. */
export function compileCluster(
  destination: Destination,
  rule: DestinationRule | null,
  service: MeshService | null,
): Cluster | null {
  const subset = rule?.spec.subsets?.find(({ name }) => name === destination.subset)
  if (destination.subset !== null && subset === undefined) return null
  const policy = policyAt(rule?.spec.trafficPolicy, subset?.trafficPolicy, destination.port)
  const annotation = rule?.annotations[OUTLIER_SUCCESS_RATE]
  const pool = connectionPool(policy.connectionPool)
  const budget = retryBudget(policy.retryBudget)
  return {
    name: clusterName(destination),
    ...destination,
    subsetLabels: subset?.labels ?? {},
    ...loadBalancing(policy, service?.entry?.resolution === 'NONE'),
    ...clientTls(policy.tls, service),
    connectTimeoutMs: connectTimeoutMs(policy.connectionPool),
    outlierDetection: outlierDetection(
      policy.outlierDetection,
      annotation === undefined ? null : readSuccessRate(annotation),
    ),
    ...(pool && { connectionPool: pool }),
    ...(budget && { retryBudget: budget }),
  }
}

/** `workloadSelector` of a rule: whose calls it is for; empty for everybody's. */
export function selectorOf(rule: DestinationRule): Labels {
  return rule.spec.workloadSelector?.matchLabels ?? {}
}

/** @param labels of the caller; a rule with a selector applies in its own namespace only */
export function destinationRuleFor(
  rules: readonly DestinationRule[],
  host: string,
  namespaces: readonly string[],
  labels: Labels,
): DestinationRule | null {
  for (const [index, namespace] of namespaces.entries()) {
    const fitting = rules
      .filter((rule) => rule.namespace === namespace && hostMatches(expandHost(rule.spec.host, namespace), host))
      .toSorted((a, b) =>
        compareHostSpecificity(expandHost(a.spec.host, namespace), expandHost(b.spec.host, namespace)),
      )
    const isFor = (rule: DestinationRule) => Object.keys(selectorOf(rule)).length > 0
    const own = index === 0 ? fitting.find((rule) => isFor(rule) && carries(labels, selectorOf(rule))) : undefined
    const best = own ?? fitting.find((rule) => !isFor(rule))
    if (best !== undefined) return best
  }
  return null
}
