/**
 * Weighted round robin as a list that is walked in a circle: nginx's smooth algorithm spreads the turns of a heavy entry instead of giving
 * them in a row. It is computed when endpoints change, so that a request only takes the next entry.
 */

const LONGEST = 1000

/**
 * Whole weights are cut by their greatest common divisor. Where the list would get longer than 1,000 entries, or a weight is not whole because
 * its endpoint is warming up, they are scaled to about that length.
 */
export function interleaveByWeight<T>(items: readonly T[], weightOf: (item: T) => number): T[] {
  const turns = wholeTurns(items.map(weightOf))
  const total = turns.reduce((sum, turn) => sum + turn, 0)
  const credit = turns.map(() => 0)
  const schedule: T[] = []
  for (let step = 0; step < total; step++) {
    let richest = 0
    for (let index = 0; index < turns.length; index++) {
      credit[index] = (credit[index] ?? 0) + (turns[index] ?? 0)
      if ((credit[index] ?? 0) > (credit[richest] ?? 0)) richest = index
    }
    credit[richest] = (credit[richest] ?? 0) - total
    const item = items[richest]
    if (item !== undefined) schedule.push(item)
  }
  return schedule
}

function wholeTurns(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const scale = total > LONGEST || !weights.every(Number.isInteger) ? LONGEST / total : 1
  const turns = weights.map((weight) => Math.max(1, Math.round(weight * scale)))
  const divisor = turns.reduce(greatestCommonDivisor, 0)
  return turns.map((turn) => turn / divisor)
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
