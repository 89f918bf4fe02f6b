/**
 * Turns the flat list of calls into what a reader can follow: one station per call that mattered, in the order in which they began,
 * with every try as a track of its own on one common time scale. Pure, so that the drawing holds no rules.
 */
import type { Journey, JourneyHop } from '@meshmart/contracts'

/** `answered` did what it was asked, `refused` said no on purpose (4xx), `failed` broke or never answered. */
export type TryOutcome = 'answered' | 'refused' | 'failed'

export type Track = {
  attempt: number
  outcome: TryOutcome
  replica: string | null
  identity: string | null
  mtls: boolean
  durationMs: number
  /** Where the bar begins and how long it is, as shares of the whole journey (0 to 1). */
  start: number
  length: number
}

export type Story =
  | 'entered'
  | 'ordered'
  | 'looked'
  | 'reserved'
  | 'checked'
  | 'released'
  | 'allocated'
  | 'tokenised'
  | 'authorised'
  | 'captured'
  | 'voided'
  | 'refunded'
  | 'other'

export type Station = { id: string; service: string; story: Story; fromBrowser: boolean; tracks: Track[] }

export type JourneyLayout = {
  stations: Station[]
  durationMs: number
  parts: number
  calls: number
  retries: number
  /** Every call between parts was encrypted; the first one, from the browser, is not counted. */
  encrypted: boolean
}

const stories: readonly [service: string, method: string, path: RegExp, story: Story][] = [
  ['gateway', 'POST', /\/orders$/, 'entered'],
  ['orders', 'POST', /\/orders$/, 'ordered'],
  ['inventory', 'GET', /\/products/, 'looked'],
  ['inventory', 'POST', /\/reservations$/, 'reserved'],
  ['inventory', 'POST', /\/reservations\/[^/]+\/confirm$/, 'allocated'],
  ['inventory', 'POST', /\/reservations\/[^/]+\/(release|return)$/, 'released'],
  ['payments', 'POST', /\/tokens$/, 'tokenised'],
  ['payments', 'POST', /\/payments$/, 'authorised'],
  ['payments', 'POST', /\/payments\/[^/]+\/capture$/, 'captured'],
  ['payments', 'POST', /\/payments\/[^/]+\/void$/, 'voided'],
  ['payments', 'POST', /\/payments\/[^/]+\/refund$/, 'refunded'],
]

const storyOf = (hop: JourneyHop): Story =>
  stories.find(
    ([service, method, path]) => service === hop.to && method === hop.method && path.test(hop.path.split('?')[0] ?? ''),
  )?.[3] ?? 'other'

/** Reserving is idempotent, so who puts goods back asks by the same call what is set aside: said twice it would sound as if it were done twice. */
function storyAfter(stations: readonly Station[], hop: JourneyHop): Story {
  const story = storyOf(hop)
  const isDone = stations.some(
    (station) => station.story === 'reserved' && station.tracks.at(-1)?.outcome === 'answered',
  )
  return story === 'reserved' && isDone ? 'checked' : story
}

function outcomeOf({ status }: JourneyHop): TryOutcome {
  if (status === null || status >= 500) return 'failed'
  return status >= 400 ? 'refused' : 'answered'
}

const callOf = (hop: JourneyHop): string => `${hop.depth} ${hop.from} ${hop.to} ${hop.method} ${hop.path}`

/** Lays out a journey; also one whose spans are still arriving. */
export function layOut(journey: Journey): JourneyLayout {
  const hops = journey.hops.toSorted((a, b) => a.startMs - b.startMs || a.depth - b.depth || a.attempt - b.attempt)
  const end = Math.max(journey.durationMs, ...hops.map((hop) => hop.startMs + hop.durationMs), 0)
  const share = (ms: number): number => (end > 0 ? Math.min(1, Math.max(0, ms / end)) : 0)

  const stations: Station[] = []
  const waiting = new Map<string, Station>() // the latest station of each call, which a later try of it joins
  for (const hop of hops) {
    const track: Track = {
      attempt: hop.attempt,
      outcome: outcomeOf(hop),
      replica: hop.replica,
      identity: hop.identity,
      mtls: hop.mtls,
      durationMs: hop.durationMs,
      start: share(hop.startMs),
      length: share(hop.durationMs),
    }
    const earlier = waiting.get(callOf(hop))
    if (earlier && hop.attempt > 1) {
      earlier.tracks.push(track)
      continue
    }
    const station: Station = {
      id: `${stations.length}`,
      service: hop.to,
      story: storyAfter(stations, hop),
      fromBrowser: hop.depth === 0,
      tracks: [track],
    }
    stations.push(station)
    waiting.set(callOf(hop), station)
  }

  return {
    stations,
    durationMs: end,
    parts: new Set(hops.map((hop) => hop.to)).size,
    calls: stations.length,
    retries: stations.filter((station) => station.tracks.length > 1).length,
    encrypted: hops.every((hop) => hop.depth === 0 || hop.mtls || hop.replica === null),
  }
}

/** How many columns lay `stations` in as few rows as `most` in a row allow, each row about as long as the others. */
export function columnsFor(stations: number, most: number): number {
  const rows = Math.max(1, Math.ceil(stations / most))
  return Math.max(1, Math.ceil(stations / rows))
}
