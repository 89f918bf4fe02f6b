/**
 * `npm run chaos`: starts a shop of its own, buys without pause, breaks its processes, its connections and its certificates by a seeded schedule, lets it come to
 * rest, and asks the auditor. Exit code 0 where the books agree and customers were answered, 1 where not.
 */
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { seededRandom } from '@meshmart/mesh-policy/internal'
import { Books, type Violation } from '../audit/books.ts'
import { Results } from '../report/results.ts'
import { startShop, wipe } from '../testing/shop-under-test.ts'
import { Faults } from './faults.ts'
import { runLoad } from './load.ts'
import { availabilityByMinute, figuresOf, htmlOf, timeLine, type Figures, type Run } from './report.ts'
import { CERTIFICATE_MS, scheduleOf } from './schedule.ts'

const USAGE = `usage: npm run chaos [-- --minutes 3] [--seed N] [--rate 20] [--placement embedded|process] [--json FILE] [--html FILE] [--quick] [--keep]
  --quick  half a minute    --keep  leaves the data of the shop for a look`
/** A shop that has just started is slow for a while, because nothing of it is compiled yet: that is no fault of anybody's. The auditor looks at it all the same. */
const WARM_UP_MS = 40_000
const WARM_UP_SHARE = 0.75
/** Every accepted order ends within this time after the last fault. */
const ENDS_WITHIN_MS = 30_000
/** Within which the auditor reads everything once. */
const AUDIT_MS = 2_000
const SUCCESS_PERCENT = 99.9
/** Of all requests, as Istio has it where nobody says otherwise: a shop under load does not tell everything about each of them. */
const TRACED = '0.01'

const say = (line: string): void => console.log(line)

async function main(): Promise<boolean> {
  const options = readOptions()
  const { seed, rate, durationMs } = options
  say(`Seed ${seed}: ${durationMs / 1000} s, ${rate} purchases a second. Starting a shop …`)
  const shop = await startShop({
    placement: options.placement,
    environment: {
      MESH_CERTIFICATE_TTL_SECONDS: String(CERTIFICATE_MS / 1000),
      MESH_TRACE_SAMPLING: TRACED,
    },
  })
  try {
    const run = await breakWhileBuying(shop.url, shop.home, options)
    const figures = figuresOf(run.purchases)
    const results = judge(run, figures)
    say(`\n${timeLine(run)}\n`)
    say(
      `availability by minute: ${availabilityByMinute(run)
        .map((share) => `${share.toFixed(2)} %`)
        .join(', ')}`,
    )
    results.print()
    for (const { rule, says, id, value } of run.violations.slice(0, 20)) say(`${rule}: ${says}: ${id}  ${value}`)
    for (const { key, reason, startedMs } of run.purchases.filter(({ result }) => result === 'lost').slice(0, 20)) {
      say(`lost: key ${key}, asked from ${(startedMs / 1000).toFixed(1)} s on: ${reason}`)
    }
    if (options.html !== undefined) writeFileSync(options.html, htmlOf(run))
    if (options.json !== undefined) {
      const { faults, violations } = run
      writeFileSync(options.json, `${JSON.stringify({ ...results.content(), seed, faults, violations }, null, 2)}\n`)
    }
    const good = results.targets.every(({ met }) => met)
    say(
      good ? `\nClean. Again: npm run chaos -- --seed ${seed}` : `\nNOT CLEAN. Again: npm run chaos -- --seed ${seed}`,
    )
    return good
  } finally {
    await shop.stop()
    if (options.keep) say(`The data is in ${shop.home}`)
    else wipe(shop.home)
  }
}

async function breakWhileBuying(url: string, home: string, { seed, rate, durationMs }: Options): Promise<Run> {
  const jitter = seededRandom(seed + 2)
  say(`Warming up for ${WARM_UP_MS / 1000} s with ${rate * WARM_UP_SHARE} purchases a second …`)
  await runLoad({
    url,
    jitter,
    durationMs: WARM_UP_MS,
    rate: rate * WARM_UP_SHARE,
    random: seededRandom(seed + 3),
    elapsedMs: clockFromNow(),
    endsByMs: WARM_UP_MS + ENDS_WITHIN_MS,
    wishesUntilMs: WARM_UP_MS,
    acquirerIsSilent: () => false,
  })
  const elapsedMs = clockFromNow()
  const faults = new Faults(home, elapsedMs, say)
  const schedule = scheduleOf(durationMs, seededRandom(seed))
  const overMs = Math.max(durationMs, ...schedule.map(({ atMs, forMs }) => atMs + forMs))
  try {
    const load = runLoad({
      url,
      durationMs,
      rate,
      random: seededRandom(seed + 1),
      jitter,
      elapsedMs,
      endsByMs: overMs + ENDS_WITHIN_MS - AUDIT_MS,
      wishesUntilMs: overMs,
      acquirerIsSilent: () => faults.acquirerIsSilent,
    })
    // Without a load there is nothing to break.
    const over = new AbortController()
    load.catch(() => over.abort())
    const broken = faults.run(schedule, over.signal)
    const [purchases, lastFaultMs] = await Promise.all([load, broken.then(elapsedMs)])
    const books = await openBooks(home)
    try {
      const { violations, readAtMs } = await readUntilClean(books, lastFaultMs + ENDS_WITHIN_MS, elapsedMs)
      const settledMs = readAtMs - lastFaultMs
      return { seed, durationMs, rate, faults: faults.done, purchases, violations, settledMs }
    } finally {
      await books.close()
    }
  } finally {
    faults.end()
  }
}

/** What is wrong in the books as they were read last, and when that began. They are read until nothing is, or until `untilMs` of the run. */
async function readUntilClean(
  books: Books,
  untilMs: number,
  elapsedMs: () => number,
): Promise<{ violations: Violation[]; readAtMs: number }> {
  for (;;) {
    const readAtMs = elapsedMs()
    const violations = await books.settled(0)
    if (violations.length === 0 || elapsedMs() >= untilMs) return { violations, readAtMs }
    await sleep(250)
  }
}

/** The last fault may have been PostgreSQL's: it is asked again for as long as everything has to come to rest. */
async function openBooks(home: string): Promise<Books> {
  const elapsedMs = clockFromNow()
  for (;;) {
    try {
      return await Books.open(home)
    } catch (error) {
      if (elapsedMs() > ENDS_WITHIN_MS) throw error
      await sleep(500)
    }
  }
}

const clockFromNow = (): (() => number) => {
  const began = performance.now()
  return () => performance.now() - began
}

function judge(run: Run, figures: Figures): Results {
  const results = new Results()
  results.add('chaos', `seed ${run.seed}`, { ...figures, faults: run.faults.length, settled_ms: run.settledMs })
  results.atMost('violations that the audit found', run.violations.length, 0, '')
  results.atMost('purchases without an answer', 100 - figures.success, 100 - SUCCESS_PERCENT, '%')
  results.atMost(
    'accepted orders whose end nobody saw',
    figures.purchases - figures.refused - lostOf(figures) - figures.ended,
    0,
    '',
  )
  results.atMost('books agree after the last fault', run.settledMs / 1000, ENDS_WITHIN_MS / 1000, 's')
  return results
}

const lostOf = ({ purchases, answered }: Figures): number => purchases - answered

interface Options {
  readonly seed: number
  readonly rate: number
  readonly durationMs: number
  readonly placement: string
  readonly json: string | undefined
  readonly html: string | undefined
  readonly keep: boolean
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '3' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 100_000)) },
      rate: { type: 'string', default: '20' },
      placement: { type: 'string', default: 'embedded' },
      json: { type: 'string' },
      html: { type: 'string' },
      quick: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  })
  const number = (name: 'minutes' | 'seed' | 'rate', least: number, most: number): number => {
    const value = Number(values[name])
    if (!Number.isFinite(value) || value < least || value > most) {
      throw new Error(`--${name} must be a number from ${least} to ${most}, is ${values[name]}\n${USAGE}`)
    }
    return value
  }
  const { placement, json, html, keep } = values
  const minutes = values.quick ? 0.5 : number('minutes', 0.1, 60)
  return {
    seed: Math.trunc(number('seed', 0, 2 ** 31)),
    rate: number('rate', 1, 200),
    durationMs: minutes * 60_000,
    placement,
    json,
    html,
    keep,
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 2
}
