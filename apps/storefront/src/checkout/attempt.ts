/**
 * One `Idempotency-Key` for each attempt to buy, or to give back. Pressing the button again after a lost answer must ask for the same thing, so the key stays;
 * after a clear no, or when what is asked for changed, it is another attempt. The key is kept in memory only: it stands for a body that
 * holds a card number, and nothing of that may be stored.
 */

export type Attempt = { key: string; body: string; settled: boolean }

/** The attempt that `request` belongs to: the earlier one while its outcome is unknown and the request is the same, else a new one. */
export function attemptFor(earlier: Attempt | null, request: object, newKey: () => string): Attempt {
  const body = JSON.stringify(request)
  if (earlier && !earlier.settled && earlier.body === body) return earlier
  return { key: newKey(), body, settled: false }
}

/** Marks an attempt whose outcome is known. */
export const settle = (attempt: Attempt): Attempt => ({ ...attempt, settled: true })
