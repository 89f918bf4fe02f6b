/** How long to wait before the acquirer is asked again: 150 ms, twice as long each time, 5 s at most, half of it by chance. `random` is in [0, 1). */
export function pauseMs(attempts: number, random: () => number): number {
  const full = Math.min(5_000, 150 * 2 ** Math.min(Math.max(0, attempts - 1), 10))
  return Math.round(full / 2 + (full / 2) * random())
}
