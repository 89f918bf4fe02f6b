/**
 * When a product will be sold out if it goes on selling as it has lately. What was sold a moment ago counts more than what was sold an hour ago: each sale's weight
 * falls to 1/e within the time constant, so a rush is seen within minutes and forgotten as soon.
 */
export interface SalesStep {
  readonly at: Date
  /** Pieces that went; negative where more came back. */
  readonly sold: number
}

const timeConstantMs = 45 * 60_000
/** What is older has a weight of less than 7 %, and need not be read. */
export const forecastWindowMs = 2 * 60 * 60_000
/** One buyer is no trend. */
const leastSold = 5

/** The moment of the last sale, or null where nothing says that there will be one. Pure: `now` is an argument. */
export function soldOutAt(available: number, sales: readonly SalesStep[], now: Date): Date | null {
  const recent = sales.filter(({ at }) => now.getTime() - at.getTime() < forecastWindowMs && at <= now)
  if (recent.reduce((sum, { sold }) => sum + sold, 0) < leastSold) return null
  const perMs =
    recent.reduce((sum, { at, sold }) => sum + sold * Math.exp((at.getTime() - now.getTime()) / timeConstantMs), 0) /
    timeConstantMs
  return perMs > 0 ? new Date(now.getTime() + available / perMs) : null
}

/** Warned below the first, taken back above the second: a forecast that wavers between them says nothing new. */
const warnWithinMs = 3 * 60 * 60_000
const clearBeyondMs = 6 * 60 * 60_000

export function decideWarning(at: Date | null, open: boolean, now: Date): 'raise' | 'clear' | 'keep' {
  const ms = at === null ? Number.POSITIVE_INFINITY : at.getTime() - now.getTime()
  if (!open) return ms <= warnWithinMs ? 'raise' : 'keep'
  return ms > clearBeyondMs ? 'clear' : 'keep'
}

/** `in about 3 hours`, `in about 20 minutes`, `any moment`: nobody should take a forecast for a timetable. */
export function inAbout(at: Date, now: Date): string {
  const minutes = (at.getTime() - now.getTime()) / 60_000
  if (minutes < 5) return 'any moment'
  if (minutes < 55) return `in about ${Math.round(minutes / 5) * 5} minutes`
  const hours = Math.round(minutes / 60)
  return `in about ${hours} ${hours === 1 ? 'hour' : 'hours'}`
}
