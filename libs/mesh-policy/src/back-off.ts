/** How long to wait before an attempt is made again. Who has taken something on never gives up: an outage delays it, and does not lose it. */
export interface Rhythm {
  readonly firstMs: number
  readonly factor: number
  readonly maxMs: number
}

/**
 * Exponential back-off with equal jitter: half of it is certain, half is random, so that those who lost the same server do not knock in step. Milliseconds.
 * @param attempts that have failed in a row, at least 1
 * @param random in [0, 1)
 */
export function delayMs(rhythm: Rhythm, attempts: number, random: () => number): number {
  const full = Math.min(rhythm.maxMs, rhythm.firstMs * rhythm.factor ** Math.max(0, attempts - 1))
  return Math.round(full / 2 + (full / 2) * random())
}
