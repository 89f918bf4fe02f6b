/**
 * Durations as Istio accepts them: `1h`, `1m`, `1s`, `100ms` and combinations such as `1m30s` (protobuf durations in Go's notation, no
 * finer than a millisecond). Everything after this library counts in milliseconds.
 */

/** In nanoseconds. Go writes the micro sign in two ways. */
const UNITS: Readonly<Record<string, number>> = {
  h: 3.6e12,
  m: 6e10,
  s: 1e9,
  ms: 1e6,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ns: 1,
}
const PART = /(\d+\.?\d*|\.\d+)(h|ms|us|µs|μs|ns|m|s)/g
const WHOLE = /^\+?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:h|ms|us|µs|μs|ns|m|s))+)$/
/** What Go's durations can hold: 292 years. */
const MAX_NANOSECONDS = 2 ** 63

/** Milliseconds; null where the text is no duration or finer than a millisecond. */
export function parseDuration(text: string): number | null {
  if (text.length > 64 || !WHOLE.test(text)) return null
  let nanoseconds = 0
  for (const [, amount, unit] of text.matchAll(PART)) nanoseconds += Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN)
  if (nanoseconds >= MAX_NANOSECONDS) return null
  const milliseconds = nanoseconds / 1e6
  const rounded = Math.round(milliseconds)
  if (Math.abs(rounded - milliseconds) >= 1e-6) return null
  return rounded
}

/** For a field that has passed validation. @throws RangeError where it is no duration */
export function durationOr(text: string | undefined, whenMissing: number): number {
  if (text === undefined) return whenMissing
  const milliseconds = parseDuration(text)
  if (milliseconds === null)
    throw new RangeError(`${JSON.stringify(text)} is not a duration such as 1s, 100ms or 1m30s`)
  return milliseconds
}
