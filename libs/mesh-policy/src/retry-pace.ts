/**
 * How fast and how many: retries come at random moments in a window that doubles (so that callers who failed together do not come back
 * together), and a budget keeps a failing service from being hit by a storm of second tries.
 */

/** Envoy's defaults. */
export const RETRY_BASE_INTERVAL_MS = 25
export const RETRY_MAX_INTERVAL_MS = 250
export const RETRY_BUDGET_PERCENT = 20
export const RETRY_BUDGET_MIN_CONCURRENT = 3

/**
 * Exponential back-off with full jitter: somewhere in [0, 25), [0, 75), [0, 175), then [0, 250) milliseconds.
 * @param retry 1 for the first one
 * @param random in [0, 1)
 */
export function retryBackoffMs(retry: number, random: number): number {
  const window = Math.min(RETRY_BASE_INTERVAL_MS * (2 ** Math.min(retry, 20) - 1), RETRY_MAX_INTERVAL_MS)
  return Math.floor(random * window)
}

/** Whether one more retry may be in flight: a fifth of what is active in the cluster, and never fewer than three. */
export function withinRetryBudget(activeRequests: number, activeRetries: number): boolean {
  const budget = Math.max(RETRY_BUDGET_MIN_CONCURRENT, Math.floor((activeRequests * RETRY_BUDGET_PERCENT) / 100))
  return activeRetries < budget
}
