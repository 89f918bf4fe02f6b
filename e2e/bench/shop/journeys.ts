/** The shop's own journeys as cases of a run, and whether a wiring is what it is called. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { ProductPage } from '@meshmart/contracts'
import { generate } from '../load/generator.ts'
import type { JourneyLoad, JourneysResult } from '../load/journeys.ts'
import type { Case } from '../harness/cases.ts'
import type { Running } from '../harness/subject.ts'

/** Enough to keep the measured core busy, and below the ten connections that a service has to its database. */
const CUSTOMERS = 8
/** At a constant rate: so many that a slow answer delays nobody else. */
const CUSTOMERS_AT_RATE = 64
export type JourneyName = JourneyLoad['journey']
export const journeyNames: readonly JourneyName[] = ['browse', 'checkout']
/** What a measurement takes at direct's speed. */
const SECONDS = { whole: 15, quick: 2 } as const
/** At a constant rate: long enough for a p99 of some journeys a second; `first`: while whoever asks is still being compiled and connects. */
const SECONDS_AT_RATE = { whole: { first: 3, counted: 40 }, quick: { first: 1, counted: 2 } } as const
/** Before the first measurement: a mesh is more code to compile than none. Its speed tells how many journeys a measurement is to have. */
const WARM_UP = { whole: { browse: 20_000, checkout: 300 }, quick: { browse: 40, checkout: 40 } } as const
/** So that no product sells out during a whole run. */
const LEAST_STOCK = 1500
const LOGGED_WITHIN_MS = 5000
/** A line of the mesh's access log. */
const ACCESS_LINE = /^\[\d{4}-\d\d-\d\dT/gm

/** What all travellers of a run share. */
export interface Travel {
  /** That all wirings sell, in plenty. */
  readonly skus: readonly string[]
  /** Of one measurement, the same for all wirings. */
  readonly journeys: Readonly<Record<JourneyName, number>>
}

export const journeyCase = (journey: JourneyName): string => `journey: ${journey}`
export const halfRateCase = (journey: JourneyName): string => `journey: ${journey} at half of direct's maximum`

/** As fast as the shop answers. */
export const fullSpeed = (journey: JourneyName, { skus, journeys }: Travel): Case =>
  caseOf(journeyCase(journey), { journey, journeys: journeys[journey], leftOut: 0, skus })

/** Latency where no queue hides it. @param rate journeys that begin in a second */
export function atRate(journey: JourneyName, rate: number, { skus }: Travel, quick: boolean): Case {
  const { first, counted } = SECONDS_AT_RATE[quick ? 'quick' : 'whole']
  const [leftOut, journeys] = [Math.ceil(rate * first), Math.ceil(rate * (first + counted))]
  return caseOf(halfRateCase(journey), { journey, journeys, leftOut, skus, rate })
}

const caseOf = (name: string, load: Load): Case => ({
  name,
  kind: 'pair',
  quick: true,
  run: (running) => travel(running, load),
})

/** Both journeys. @returns how many of each a measurement should have: the machine decides, and a slow one is not asked for hours */
export async function warmUp(running: Running, skus: readonly string[], quick: boolean): Promise<Travel['journeys']> {
  const size = quick ? 'quick' : 'whole'
  const counted = async (journey: JourneyName): Promise<number> => {
    const { requests, seconds } = await travel(running, { journey, journeys: WARM_UP[size][journey], leftOut: 0, skus })
    return Math.ceil((requests / seconds) * SECONDS[size])
  }
  return { browse: await counted('browse'), checkout: await counted('checkout') }
}

type Load = Pick<JourneyLoad, 'journey' | 'journeys' | 'leftOut' | 'skus'> & Partial<Pick<JourneyLoad, 'rate'>>
function travel({ port }: Running, load: Load): Promise<JourneysResult> {
  const { rate = null } = load
  const customers = rate === null ? CUSTOMERS : CUSTOMERS_AT_RATE
  const options: JourneyLoad = { url: `http://127.0.0.1:${port}`, ...load, rate, customers }
  return generate<JourneysResult>('journeys.ts', options)
}

/** Products with so much in stock that the run does not sell them out. */
export async function plentifulSkus({ port }: Running): Promise<string[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/products?limit=100`)
  const { items } = ProductPage.parse(await answer.json())
  return items.filter(({ stock }) => stock.available >= LEAST_STOCK).map(({ sku }) => sku)
}

/** A mesh that writes no line for a call is none, and a direct call that does is no direct one. @returns what is wrong, in words */
export async function checkWiring(running: Running, meshed: boolean, skus: readonly string[]): Promise<string[]> {
  if (skus.length === 0) return [`no product has ${LEAST_STOCK} in stock`]
  const lines = (file: string): number => readFileSync(file, 'utf8').match(ACCESS_LINE)?.length ?? 0
  const silent = (): string[] => running.accessLogs.filter((file) => lines(file) > 0 !== meshed)
  await travel(running, { journey: 'checkout', journeys: 2 * CUSTOMERS, leftOut: 0, skus })
  const giveUpAt = performance.now() + LOGGED_WITHIN_MS
  while (silent().length > 0 && meshed && performance.now() < giveUpAt) await sleep(100)
  return silent().map((file) => `${file}: ${meshed ? 'no line' : 'a line'} of the mesh's access log`)
}
