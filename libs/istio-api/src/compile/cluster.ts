/**
 * Clusters: a destination with the traffic policy that applies to it. Which DestinationRule that is follows Istio: the caller's namespace is
 * asked first, then the service's, then the root namespace; within one the most specific host wins; a subset's policy replaces the rule's block
 * by block.
 */
import { compareHostSpecificity, hostMatches, type Cluster, type OutlierDetection } from '@meshmart/mesh-policy'
import { durationOr } from '../duration.ts'
import { expandHost } from '../host.ts'
import type { ResourceOf, TrafficPolicySpec } from '../resource.ts'

/** Defaults of Istio's MeshConfig and of OutlierDetection. */
const CONNECT_TIMEOUT_MS = 10_000
const OUTLIER_DEFAULTS: OutlierDetection = {
  consecutive5xxErrors: 5,
  intervalMs: 10_000,
  baseEjectionTimeMs: 30_000,
  maxEjectionPercent: 10,
}

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
export function compileCluster(destination: Destination, rule: ResourceOf<'DestinationRule'> | null): Cluster | null {
  const subset = rule?.spec.subsets?.find(({ name }) => name === destination.subset)
  if (destination.subset !== null && subset === undefined) return null
  const policy: TrafficPolicySpec = { ...rule?.spec.trafficPolicy, ...subset?.trafficPolicy }
  return {
    name: clusterName(destination),
    ...destination,
    subsetLabels: subset?.labels ?? {},
    loadBalancer: loadBalancerOf(policy),
    tls: policy.tls?.mode === 'DISABLE' ? 'DISABLE' : 'ISTIO_MUTUAL',
    connectTimeoutMs: durationOr(policy.connectionPool?.tcp?.connectTimeout, CONNECT_TIMEOUT_MS),
    outlierDetection: outlierDetectionOf(policy),
  }
}

export function destinationRuleFor(
  rules: readonly ResourceOf<'DestinationRule'>[],
  host: string,
  namespaces: readonly string[],
): ResourceOf<'DestinationRule'> | null {
  for (const namespace of namespaces) {
    const [best] = rules
      .filter((rule) => rule.namespace === namespace && hostMatches(expandHost(rule.spec.host, namespace), host))
      .toSorted((a, b) =>
        compareHostSpecificity(expandHost(a.spec.host, namespace), expandHost(b.spec.host, namespace)),
      )
    if (best !== undefined) return best
  }
  return null
}

function loadBalancerOf(policy: TrafficPolicySpec): Cluster['loadBalancer'] {
  const simple = policy.loadBalancer?.simple
  if (simple === 'ROUND_ROBIN' || simple === 'RANDOM' || simple === 'PASSTHROUGH') return simple
  return 'LEAST_REQUEST'
}

function outlierDetectionOf(policy: TrafficPolicySpec): OutlierDetection | null {
  const written = policy.outlierDetection
  if (written === undefined) return null
  return {
    consecutive5xxErrors: written.consecutive5xxErrors ?? OUTLIER_DEFAULTS.consecutive5xxErrors,
    intervalMs: durationOr(written.interval, OUTLIER_DEFAULTS.intervalMs),
    baseEjectionTimeMs: durationOr(written.baseEjectionTime, OUTLIER_DEFAULTS.baseEjectionTimeMs),
    maxEjectionPercent: written.maxEjectionPercent ?? OUTLIER_DEFAULTS.maxEjectionPercent,
  }
}
