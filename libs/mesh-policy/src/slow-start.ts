/**
 * A new endpoint gets its share little by little, so that caches and compilers can warm up. Weights are decided when a picker is built;
 * while somebody is warming up, the caller builds a new one now and then. Source: Envoy's slow start; like there, only for LEAST_REQUEST and
 * ROUND_ROBIN: hashing must not move keys for it.
 */
import type { Cluster, Endpoint, SlowStart } from './snapshot.ts'

const SHORTEST_STEP_MS = 100
const LONGEST_STEP_MS = 1000
const STEPS = 50

/** The share of its weight that an endpoint gets now, above 0 and at most 1. @param since milliseconds since 1970, when it registered */
export function warmth(slowStart: SlowStart, since: number, now: number): number {
  const age = Math.max(1, now - since)
  if (age >= slowStart.windowMs) return 1
  const grown = (age / slowStart.windowMs) ** (1 / slowStart.aggression)
  return Math.min(1, Math.max(grown, slowStart.minimumPercent / 100))
}

/** Weight of an endpoint in this cluster now. */
export function weightNow(cluster: Cluster, endpoint: Endpoint, now: number): number {
  const slowStart = slowStartOf(cluster)
  if (slowStart === null || endpoint.since === undefined) return endpoint.weight
  return endpoint.weight * warmth(slowStart, endpoint.since, now)
}

export function isWarming(cluster: Cluster, endpoints: readonly Endpoint[], now: number): boolean {
  return nextWarmupRebuild(cluster, endpoints, now) !== null
}

/**
 * When the picker is to be built again: in fifty steps over the window, none shorter than 100 ms nor longer than a second, and once at its end.
 * @returns milliseconds since 1970; null where nobody is warming up
 */
export function nextWarmupRebuild(cluster: Cluster, endpoints: readonly Endpoint[], now: number): number | null {
  const slowStart = slowStartOf(cluster)
  if (slowStart === null) return null
  let earliest = Infinity
  for (const { since } of endpoints) {
    if (since !== undefined && now - since < slowStart.windowMs) {
      earliest = Math.min(earliest, since + slowStart.windowMs)
    }
  }
  if (earliest === Infinity) return null
  const step = Math.min(LONGEST_STEP_MS, Math.max(SHORTEST_STEP_MS, slowStart.windowMs / STEPS))
  return Math.min(now + step, earliest)
}

function slowStartOf({ slowStart, consistentHash, loadBalancer }: Cluster): SlowStart | null {
  if (slowStart === undefined || consistentHash !== undefined) return null
  return loadBalancer === 'LEAST_REQUEST' || loadBalancer === 'ROUND_ROBIN' ? slowStart : null
}
