/**
 * One `Idempotency-Key` for each attempt to buy. Pressing the button again after a lost answer must ask for the same order, so the key stays;
 * after a clear no, or when the order itself changed, it is another attempt. The key is kept in memory only: it stands for a body that
 * holds a card number, and nothing of that may be stored.
 */
import type { OrderRequest } from '@meshmart/contracts'

export type Attempt = { key: string; body: string; settled: boolean }

/** The attempt that `request` belongs to: the earlier one while its outcome is unknown and the order is the same, else a new one. */
export function attemptFor(earlier: Attempt | null, request: OrderRequest, newKey: () => string): Attempt {
  const body = JSON.stringify(request)
  if (earlier && !earlier.settled && earlier.body === body) return earlier
  return { key: newKey(), body, settled: false }
}

/** Marks an attempt whose outcome is known. */
export const settle = (attempt: Attempt): Attempt => ({ ...attempt, settled: true })
