/** How long to wait after failures in a row: twice as long each time, and never in step with the other watches that lost the same server. */
const FIRST_MS = 250
const LONGEST_MS = 5_000

/** Milliseconds. @param failures at least 1. @param random from 0 to 1 */
export function backOffMs(failures: number, random: number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1))
  return Math.round(longest / 2 + (longest / 2) * random)
}
