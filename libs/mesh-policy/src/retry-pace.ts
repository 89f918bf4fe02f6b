/**
 * How fast and how many: retries come at random moments in a window that doubles (so that callers who failed together do not come back
 * together), and a budget keeps a failing service from being hit by a storm of second tries.
 */
import type { RetryBudget } from './snapshot.ts'

/** Envoy's default of `retries.backoff`. */
export const RETRY_BASE_INTERVAL_MS = 25

/** The longest window, in base intervals; Envoy's default, which Istio does not change. */
const LONGEST_WINDOW = 10

/** Envoy's defaults. Istio has no limit where none is written; ours is on, because a storm of retries is how an outage grows. */
export const DEFAULT_RETRY_BUDGET: RetryBudget = { percent: 20, minRetryConcurrency: 3 }

/**
 * Exponential back-off with full jitter: with the default base somewhere in [0, 25), [0, 75), [0, 175), then [0, 250) milliseconds.
 * @param retry 1 for the first one
 * @param random in [0, 1)
 */
export function retryBackoffMs({ backoffMs }: { readonly backoffMs: number }, retry: number, random: number): number {
  const window = Math.min(backoffMs * (2 ** Math.min(retry, 20) - 1), backoffMs * LONGEST_WINDOW)
  return Math.floor(random * window)
}

/** How many retries may be in flight at once. @param active requests under way, waiting ones included */
export function retryAllowance({ percent, minRetryConcurrency }: RetryBudget, active: number): number {
  return Math.max(minRetryConcurrency, Math.floor((active * percent) / 100))
}
