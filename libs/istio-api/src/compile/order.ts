/** Which of several resources that contradict each other counts: the oldest, as in Istio; of the same age the one whose name, then namespace, comes first. */

export interface Aged {
  readonly name: string
  readonly namespace: string
  readonly createdAt?: string
}

/** Resources without a time stand for the beginning of time, as in Istio. */
export function oldestFirst<T extends Aged>(resources: readonly T[]): T[] {
  return resources
    .map((resource) => ({ resource, time: timeOf(resource) }))
    .toSorted((a, b) => a.time - b.time || compareNames(a.resource, b.resource))
    .map(({ resource }) => resource)
}

export function compareAge(a: Aged, b: Aged): number {
  return timeOf(a) - timeOf(b) || compareNames(a, b)
}

/** RFC 3339 in seconds since 1970; 0 where there is no time, or none that can be read. */
function timeOf({ createdAt = '' }: Aged): number {
  const [, year, month, day, hour, minute, second, fraction, zone] = TIME.exec(createdAt) ?? []
  if (zone === undefined) return 0
  const days = daysSince1970(Number(year), Number(month), Number(day))
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(zone) ?? []
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === '-' ? -60 : 60)
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second) + Number(`0${fraction ?? ''}`)
  return days * 86_400 + seconds - offset
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/

/** The Gregorian calendar, counted in eras of 400 years with March as their first month. */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

const compareNames = (a: Aged, b: Aged): number => compareText(a.name, b.name) || compareText(a.namespace, b.namespace)
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
