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
/** Journeys of one measurement: some seconds of work, and ten beyond the 99th percentile. */
const COUNTS = { whole: { browse: 2000, checkout: 1000 }, quick: { browse: 300, checkout: 80 } } as const
/** So that no product sells out during a whole run. */
const LEAST_STOCK = 1500
const LOGGED_WITHIN_MS = 5000
/** A line of the mesh's access log. */
const ACCESS_LINE = /^\[\d{4}-\d\d-\d\dT/gm

export const journeyCase = (journey: JourneyLoad['journey']): string => `journey: ${journey}`

/** @param skus that all wirings sell, in plenty */
export function journeyCases(skus: readonly string[], quick: boolean): Case[] {
  const counts = COUNTS[quick ? 'quick' : 'whole']
  return (['browse', 'checkout'] as const).map((journey) => ({
    name: journeyCase(journey),
    kind: 'pair',
    quick: true,
    run: ({ port }) => travel({ port, journey, journeys: counts[journey], skus }),
  }))
}

/** Both journeys, before the first measurement. */
export async function warmUp({ port }: Running, skus: readonly string[], quick: boolean): Promise<void> {
  for (const journey of ['browse', 'checkout'] as const)
    await travel({ port, journey, journeys: quick ? 40 : 300, skus })
}

function travel({ port, ...load }: Pick<JourneyLoad, 'journey' | 'journeys' | 'skus'> & { port: number }) {
  const options: JourneyLoad = { url: `http://127.0.0.1:${port}`, customers: CUSTOMERS, ...load }
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
  await travel({ port: running.port, journey: 'checkout', journeys: 2 * CUSTOMERS, skus })
  const giveUpAt = performance.now() + LOGGED_WITHIN_MS
  while (silent().length > 0 && meshed && performance.now() < giveUpAt) await sleep(100)
  return silent().map((file) => `${file}: ${meshed ? 'no line' : 'a line'} of the mesh's access log`)
}
