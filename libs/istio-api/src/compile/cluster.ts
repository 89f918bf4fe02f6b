/** Clusters: a destination with the traffic policy that applies to it. Which DestinationRule that is: `destination-rules.ts`. */
import type { Cluster } from '@meshmart/mesh-policy'
import { OUTLIER_SUCCESS_RATE, readSuccessRate } from '../checks/annotations.ts'
import type { LocalityLbSpec } from '../destination-rule-spec.ts'
import type { DestinationRule } from './destination-rules.ts'
import { policyAt } from './policy-at.ts'
import type { MeshService } from './service.ts'
import {
  clientTls,
  connectionPool,
  connectTimeoutMs,
  loadBalancing,
  outlierDetection,
  retryBudget,
} from './traffic-policy.ts'

export { selectorOf } from './destination-rules.ts'

export interface Destination {
  /** Fully qualified. */
  readonly host: string
  readonly port: number
  readonly subset: string | null
}

/** What applies where the rule says nothing. */
export interface ClusterDefaults {
  /** The mesh configuration's. */
  readonly localityLbSetting?: LocalityLbSpec | undefined
  readonly connectTimeout?: string | undefined
  /** False where PeerAuthentication switches mutual TLS off for the whole namespace of the service. */
  readonly peersUseMtls: boolean
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
  defaults: ClusterDefaults,
): Cluster | null {
  const subset = rule?.spec.subsets?.find(({ name }) => name === destination.subset)
  if (destination.subset !== null && subset === undefined) return null
  const policy = policyAt(rule?.spec.trafficPolicy, subset?.trafficPolicy, destination.port)
  const annotation = rule?.annotations[OUTLIER_SUCCESS_RATE]
  const pool = connectionPool(policy.connectionPool)
  const budget = retryBudget(policy.retryBudget)
  const isOneAddress = service?.entry?.resolution === 'DNS_ROUND_ROBIN'
  return {
    name: clusterName(destination),
    ...destination,
    subsetLabels: subset?.labels ?? {},
    ...loadBalancing(policy, service?.entry?.resolution === 'NONE', defaults.localityLbSetting),
    ...(isOneAddress && { oneAddressPerName: true }),
    ...clientTls(policy.tls, service, defaults.peersUseMtls),
    connectTimeoutMs: connectTimeoutMs(policy.connectionPool, defaults.connectTimeout),
    outlierDetection: outlierDetection(
      policy.outlierDetection,
      annotation === undefined ? null : readSuccessRate(annotation),
    ),
    ...(pool && { connectionPool: pool }),
    ...(budget && { retryBudget: budget }),
  }
}
