/** Traffic splitting: which of a route's destinations one request goes to. Weights are relative, as in Istio; a weight of 0 gets nothing. */

/**
 * @param random in [0, 1)
 * @returns null only where the list is empty or every weight is 0
 */
export function chooseDestination<T extends { readonly weight: number }>(
  destinations: readonly T[],
  random: number,
): T | null {
  const only = destinations[0]
  if (destinations.length === 1 && only !== undefined) return only
  let total = 0
  for (const destination of destinations) total += destination.weight
  let rest = random * total
  let last: T | null = null
  for (const destination of destinations) {
    if (destination.weight === 0) continue
    last = destination
    rest -= destination.weight
    if (rest < 0) return destination
  }
  return last
}
