/**
 * Durations as Istio accepts them: `1h`, `1m`, `1s`, `100ms` and combinations such as `1m30s` (protobuf durations in Go's notation, no
 * finer than a millisecond). Everything after this library counts in milliseconds.
 */

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }
const PART = /(\d+(?:\.\d+)?)(h|ms|m|s)/g
const WHOLE = /^(?:\d+(?:\.\d+)?(?:h|ms|m|s))+$/

/** Milliseconds; null where the text is no duration or finer than a millisecond. */
export function parseDuration(text: string): number | null {
  if (!WHOLE.test(text)) return null
  let total = 0
  for (const [, amount, unit] of text.matchAll(PART)) total += Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN)
  const rounded = Math.round(total)
  return Math.abs(rounded - total) < 1e-6 ? rounded : null
}

/** For a field that has passed validation. @throws RangeError where it is no duration */
export function durationOr(text: string | undefined, whenMissing: number): number {
  if (text === undefined) return whenMissing
  const milliseconds = parseDuration(text)
  if (milliseconds === null)
    throw new RangeError(`${JSON.stringify(text)} is not a duration such as 1s, 100ms or 1m30s`)
  return milliseconds
}
