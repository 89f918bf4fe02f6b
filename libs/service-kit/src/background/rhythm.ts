/** How long to wait before an attempt is made again. Who has taken something on never gives up: an outage delays an order, it does not lose it. */
export interface Rhythm {
  readonly firstMs: number
  readonly factor: number
  readonly maxMs: number
}

/** Exponential back-off with equal jitter: half of it is certain, half is random, so that replicas do not knock in step. `random` is in [0, 1). */
export function delayMs(rhythm: Rhythm, attempts: number, random: () => number): number {
  const full = Math.min(rhythm.maxMs, rhythm.firstMs * rhythm.factor ** Math.max(0, attempts - 1))
  return Math.round(full / 2 + (full / 2) * random())
}
