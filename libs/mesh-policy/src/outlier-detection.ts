/**
 * Passive health checks: an endpoint that fails several times in a row, or far more often than the others, is left out for a while, longer
 * each time it happens again. Failures in a row eject at the failure itself; success rates are compared, and time served is over, in the sweep
 * that the caller runs every `intervalMs`. Both say whether something changed, so that the caller builds a new picker only then.
 * Source: Envoy's outlier detection; the defaults of `maxEjectionPercent` and the rest come from Istio's OutlierDetection.
 */
import type { ClusterState, EjectionCause, EndpointState } from './cluster-state.ts'
import { eject, readmit } from './ejection.ts'
import type { OutlierDetection } from './snapshot.ts'
import { successRateOutliers, type SuccessRateOutliers } from './success-rate.ts'

/**
 * Notes how one try ended.
 * @param status 0 where there was no answer: no connection, a reset, a timeout. Counts as a gateway error, unless these are counted apart
 * @param hosts how many endpoints the cluster has, ejected ones included
 * @returns why it led to an ejection just now; null where it did not
 */
export function recordOutcome(
  policy: OutlierDetection,
  cluster: ClusterState,
  endpoint: EndpointState,
  status: number,
  hosts: number,
  now: number,
): EjectionCause | null {
  if (policy.splitExternalLocalOriginErrors === true) {
    endpoint.localOriginRequests++
    if (status === 0) {
      const failures = ++endpoint.consecutiveLocalOriginFailures
      if (!reached(failures, policy.consecutiveLocalOriginFailures)) return null
      return ejectFor('consecutive-local-origin-failure', policy, cluster, endpoint, hosts, now)
    }
    endpoint.localOriginSuccesses++
    endpoint.consecutiveLocalOriginFailures = 0
  }
  endpoint.requests++
  if (status !== 0 && status < 500) {
    endpoint.successes++
    endpoint.consecutive5xx = 0
    endpoint.consecutiveGatewayErrors = 0
    return null
  }
  endpoint.consecutive5xx++
  if (status === 0 || (status >= 502 && status <= 504)) {
    endpoint.consecutiveGatewayErrors++
    if (reached(endpoint.consecutiveGatewayErrors, policy.consecutiveGatewayErrors)) {
      const cause = ejectFor('consecutive-gateway-failure', policy, cluster, endpoint, hosts, now)
      if (cause !== null) return cause
    }
  } else {
    endpoint.consecutiveGatewayErrors = 0
  }
  if (!reached(endpoint.consecutive5xx, policy.consecutive5xxErrors)) return null
  return ejectFor('consecutive-5xx', policy, cluster, endpoint, hosts, now)
}

/** What a sweep changed. */
export interface Sweep {
  readonly readmitted: readonly EndpointState[]
  /** For their success rate. */
  readonly ejected: readonly EndpointState[]
}

/**
 * Readmits whoever has served its time, ejects whose success rate is an outlier, and forgives one earlier ejection of whoever has been healthy
 * for an interval. To be called every `policy.intervalMs`.
 * @param hosts how many endpoints the cluster has, ejected ones included
 * @returns null where nobody was readmitted or ejected
 */
export function sweepEjections(
  policy: OutlierDetection,
  cluster: ClusterState,
  hosts: number,
  now: number,
): Sweep | null {
  const readmitted: EndpointState[] = []
  for (const endpoint of cluster.values()) if (readmit(endpoint, now)) readmitted.push(endpoint)
  const ejected = ejectOutliers(policy, cluster, hosts, now)
  for (const endpoint of cluster.values()) {
    if (endpoint.health === 'admitted' && endpoint.ejections > 0 && !readmitted.includes(endpoint)) endpoint.ejections--
    endpoint.requests = 0
    endpoint.successes = 0
    endpoint.localOriginRequests = 0
    endpoint.localOriginSuccesses = 0
  }
  return readmitted.length === 0 && ejected.length === 0 ? null : { readmitted, ejected }
}

function ejectOutliers(policy: OutlierDetection, cluster: ClusterState, hosts: number, now: number): EndpointState[] {
  if (policy.successRate === undefined) return []
  const ejected: EndpointState[] = []
  const ejectAll = (found: SuccessRateOutliers, cause: EjectionCause): void => {
    for (const endpoint of found) if (eject(policy, cluster, endpoint, cause, hosts, now)) ejected.push(endpoint)
  }
  ejectAll(
    successRateOutliers(policy.successRate, cluster, ({ requests, successes }) => ({ requests, successes })),
    'success-rate',
  )
  ejectAll(
    successRateOutliers(policy.successRate, cluster, (endpoint) => ({
      requests: endpoint.localOriginRequests,
      successes: endpoint.localOriginSuccesses,
    })),
    'success-rate-local-origin',
  )
  return ejected
}

function reached(count: number, limit: number | undefined): boolean {
  return limit !== undefined && limit > 0 && count >= limit
}

function ejectFor(
  cause: EjectionCause,
  policy: OutlierDetection,
  cluster: ClusterState,
  endpoint: EndpointState,
  hosts: number,
  now: number,
): EjectionCause | null {
  return eject(policy, cluster, endpoint, cause, hosts, now) ? cause : null
}
