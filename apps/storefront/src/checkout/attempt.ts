/**
 * One `Idempotency-Key` for each attempt to buy, or to give back. Pressing the button again after a lost answer must ask for the same thing, so the key stays;
 * after a clear no, or when what is asked for changed, it is another attempt. What was agreed to pay (`total`) is no part of what is asked for: what may have been ordered
 * already is asked for again as it was, also where its price has changed meanwhile. The attempt is kept in memory only: its request holds a card number, and
 * nothing of that may be stored.
 */

export type Attempt<Asked extends object = object> = { key: string; request: Asked; settled: boolean }

/** The attempt that `request` belongs to: the earlier one, with its own request, while its outcome is unknown and the same is asked for; else a new one. */
export function attemptFor<Asked extends object>(
  earlier: Attempt<Asked> | null,
  request: Asked,
  newKey: () => string,
): Attempt<Asked> {
  if (earlier && !earlier.settled && whatFor(earlier.request) === whatFor(request)) return earlier
  return { key: newKey(), request, settled: false }
}

const whatFor = (request: object): string => JSON.stringify({ ...request, total: undefined })

/** Marks an attempt whose outcome is known. */
export const settle = <Asked extends object>(attempt: Attempt<Asked>): Attempt<Asked> => ({ ...attempt, settled: true })
