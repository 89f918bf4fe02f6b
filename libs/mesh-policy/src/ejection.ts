/** Leaving an endpoint out and taking it back: the table of states, and how long and how many. Source: Envoy's outlier detection. */
import type { ClusterState, EjectionCause, EndpointHealth, EndpointState } from './cluster-state.ts'
import type { OutlierDetection } from './snapshot.ts'

/** Envoy's `max_ejection_time`: no ejection lasts longer, whatever the history. */
export const MAX_EJECTION_TIME_MS = 300_000

export type HealthEvent = EjectionCause | 'time-served'

/** Which event leads from where to where; whatever is not in the table leaves the state as it is. */
export const HEALTH_TRANSITIONS: Readonly<Record<EndpointHealth, Partial<Record<HealthEvent, EndpointHealth>>>> = {
  admitted: {
    'consecutive-5xx': 'ejected',
    'consecutive-gateway-failure': 'ejected',
    'consecutive-local-origin-failure': 'ejected',
    'success-rate': 'ejected',
    'success-rate-local-origin': 'ejected',
  },
  ejected: { 'time-served': 'admitted' },
}

/**
 * @param hosts how many endpoints the cluster has, ejected ones included
 * @returns false where it is ejected already or too many are
 */
export function eject(
  policy: OutlierDetection,
  cluster: ClusterState,
  endpoint: EndpointState,
  cause: EjectionCause,
  hosts: number,
  now: number,
): boolean {
  const health = HEALTH_TRANSITIONS[endpoint.health][cause]
  if (health === undefined || !mayEjectOneMore(policy, cluster, hosts)) return false
  endpoint.health = health
  endpoint.ejectedFor = cause
  const longest = Math.max(MAX_EJECTION_TIME_MS, policy.baseEjectionTimeMs)
  // Beyond the longest time nothing would be gained from counting on, and it would take as many healthy intervals to come down again.
  if (endpoint.ejections * policy.baseEjectionTimeMs < longest) endpoint.ejections += 1
  endpoint.ejectedUntil = now + Math.min(policy.baseEjectionTimeMs * endpoint.ejections, longest)
  return true
}

/** Takes back whoever has served its time, with a clean slate. @returns false where there is nothing to take back */
export function readmit(endpoint: EndpointState, now: number): boolean {
  const health = HEALTH_TRANSITIONS[endpoint.health]['time-served']
  if (health === undefined || now < endpoint.ejectedUntil) return false
  endpoint.health = health
  endpoint.consecutive5xx = 0
  endpoint.consecutiveGatewayErrors = 0
  endpoint.consecutiveLocalOriginFailures = 0
  return true
}

function mayEjectOneMore(policy: OutlierDetection, cluster: ClusterState, hosts: number): boolean {
  let ejected = 0
  for (const endpoint of cluster.values()) if (endpoint.health === 'ejected') ejected += 1
  // The first one may always go: 10 % of three hosts would otherwise mean that a broken one is never left out.
  return ejected === 0 || (ejected + 1) * 100 <= policy.maxEjectionPercent * hosts
}
