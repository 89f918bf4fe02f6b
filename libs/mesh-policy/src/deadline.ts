/**
 * A timeout travels with the request, so that nobody works for a caller who has given up. The field is Envoy's
 * `x-envoy-expected-rq-timeout-ms`: milliseconds that the caller will still wait, counted from when the request left it. Relative, because the
 * clocks of two machines differ; the way over the wire is given away. Each hop keeps the earlier of its own route's timeout and the caller's
 * deadline, and passes on what is left.
 */

export const DEADLINE_HEADER = 'x-envoy-expected-rq-timeout-ms'

/**
 * Until when a request may take, in milliseconds since 1970; null is for ever.
 * @param routeTimeoutMs 0 is no timeout, as in Istio
 * @param callerDeadline milliseconds since 1970, null where the caller set none
 */
export function effectiveDeadline(routeTimeoutMs: number, callerDeadline: number | null, now: number): number | null {
  if (routeTimeoutMs === 0) return callerDeadline
  const own = now + routeTimeoutMs
  return callerDeadline === null ? own : Math.min(own, callerDeadline)
}

/** How long one try may take, in milliseconds; null is for ever. Not above 0: the time is over. @param perTryTimeoutMs 0 is none */
export function tryTimeoutMs(perTryTimeoutMs: number, deadline: number | null, now: number): number | null {
  if (deadline === null) return perTryTimeoutMs === 0 ? null : perTryTimeoutMs
  const left = deadline - now
  return perTryTimeoutMs === 0 ? left : Math.min(perTryTimeoutMs, left)
}

/** The field's value for the next hop: whole milliseconds, at least 1, because 0 would read as no timeout. */
export function formatDeadline(deadline: number, now: number): string {
  return String(Math.max(1, Math.ceil(deadline - now)))
}

/** The deadline that a field's value stands for; null where it is missing or not a whole number of milliseconds above 0. */
export function parseDeadline(value: string | undefined, now: number): number | null {
  if (value === undefined || value.length === 0 || value.length > 10 || value.charCodeAt(0) === DIGIT_0) return null
  let milliseconds = 0
  for (let index = 0; index < value.length; index++) {
    const digit = value.charCodeAt(index) - DIGIT_0
    if (digit < 0 || digit > 9) return null
    milliseconds = milliseconds * 10 + digit
  }
  return now + milliseconds
}

const DIGIT_0 = 0x30
