/**
 * Passive health checks: an endpoint that fails several times in a row is left out for a while, longer each time it happens again. Failures
 * are 5xx answers and tries without an answer (Envoy counts a failed connection as 503). Ejection happens at the failure itself, readmission
 * in the sweep that the caller runs every `intervalMs`. Both say whether something changed, so that the caller builds a new picker only then.
 * Source: Envoy's outlier detection; the defaults of `maxEjectionPercent` and the rest come from Istio's OutlierDetection.
 */
import type { ClusterState, EndpointHealth, EndpointState } from './cluster-state.ts'
import type { OutlierDetection } from './snapshot.ts'

/** Envoy's `max_ejection_time`: no ejection lasts longer, whatever the history. */
export const MAX_EJECTION_TIME_MS = 300_000

export type HealthEvent = 'too-many-failures' | 'time-served'

/** Which event leads from where to where; whatever is not in the table leaves the state as it is. */
export const HEALTH_TRANSITIONS: Readonly<Record<EndpointHealth, Partial<Record<HealthEvent, EndpointHealth>>>> = {
  admitted: { 'too-many-failures': 'ejected' },
  ejected: { 'time-served': 'admitted' },
}

/**
 * Notes how one try ended.
 * @param hosts how many endpoints the cluster has, ejected ones included
 * @returns true where it led to an ejection
 */
export function recordOutcome(
  policy: OutlierDetection,
  cluster: ClusterState,
  endpoint: EndpointState,
  failed: boolean,
  hosts: number,
  now: number,
): boolean {
  if (!failed) {
    endpoint.consecutive5xx = 0
    return false
  }
  endpoint.consecutive5xx += 1
  if (policy.consecutive5xxErrors === 0 || endpoint.consecutive5xx < policy.consecutive5xxErrors) return false
  if (HEALTH_TRANSITIONS[endpoint.health]['too-many-failures'] === undefined) return false
  if (!mayEjectOneMore(policy, cluster, hosts)) return false
  eject(policy, endpoint, now)
  return true
}

/**
 * Readmits whoever has served its time, and forgives one earlier ejection of whoever has been healthy for an interval.
 * @returns true where an endpoint was readmitted
 */
export function sweepEjections(cluster: ClusterState, now: number): boolean {
  let changed = false
  for (const endpoint of cluster.values()) {
    if (endpoint.health === 'admitted') {
      if (endpoint.ejections > 0) endpoint.ejections -= 1
    } else if (now >= endpoint.ejectedUntil) {
      endpoint.health = HEALTH_TRANSITIONS[endpoint.health]['time-served'] ?? endpoint.health
      endpoint.consecutive5xx = 0
      changed = true
    }
  }
  return changed
}

/** True for what outlier detection counts against an endpoint. @param status 0 where there was no answer */
export function isEndpointFailure(status: number): boolean {
  return status === 0 || status >= 500
}

function mayEjectOneMore(policy: OutlierDetection, cluster: ClusterState, hosts: number): boolean {
  let ejected = 0
  for (const endpoint of cluster.values()) if (endpoint.health === 'ejected') ejected += 1
  // The first one may always go: 10 % of three hosts would otherwise mean that a broken one is never left out.
  return ejected === 0 || (ejected + 1) * 100 <= policy.maxEjectionPercent * hosts
}

function eject(policy: OutlierDetection, endpoint: EndpointState, now: number): void {
  endpoint.health = HEALTH_TRANSITIONS[endpoint.health]['too-many-failures'] ?? endpoint.health
  endpoint.ejections += 1
  const longest = Math.max(MAX_EJECTION_TIME_MS, policy.baseEjectionTimeMs)
  endpoint.ejectedUntil = now + Math.min(policy.baseEjectionTimeMs * endpoint.ejections, longest)
}
