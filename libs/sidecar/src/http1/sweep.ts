/**
 * One coarse timer for every connection of the process. A timer per request would cost more than the rest of its head; who waits for seconds does not mind a
 * quarter of one.
 */
export interface Swept {
  /** @param now milliseconds of {@link clock} */
  sweep(now: number): void
}

const TICK_MS = 250
/** More than this between two ticks is a process that stood still, and that is nobody's timeout but its own. */
const LONGEST_TICK_MS = 2 * TICK_MS

/** Milliseconds, monotone, renewed by each tick; reading it costs nothing. */
export const clock = { now: 1 }

const swept = new Set<Swept>()
let timer: NodeJS.Timeout | null = null
let last = 0

export function watch(one: Swept): void {
  swept.add(one)
  if (timer !== null) return
  last = performance.now()
  timer = setInterval(tick, TICK_MS)
  timer.unref()
}

export function unwatch(one: Swept): void {
  swept.delete(one)
  if (swept.size > 0 || timer === null) return
  clearInterval(timer)
  timer = null
}

function tick(): void {
  const now = performance.now()
  clock.now += Math.min(now - last, LONGEST_TICK_MS)
  last = now
  for (const one of swept) one.sweep(clock.now)
}
