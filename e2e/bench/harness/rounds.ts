/** The order of measuring: in each round every case, in each case everyone in turn, and each round begins with another one. */
import { truncateSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Results } from '../../report/results.ts'
import type { ConstantRate, ConstantRateResult } from '../load/constant-rate.ts'
import { generate } from '../load/generator.ts'
import { rssWithIdleConnections } from '../load/idle-connections.ts'
import { rssAddedByStreaming } from '../load/streaming.ts'
import { wrk } from '../load/wrk.ts'
import { halfRateCases, maximumCases, memoryCase, type Case } from './cases.ts'
import { rssMb } from './kernel.ts'
import { measure, overRounds, type Load, type Metrics } from './measure.ts'
import type { Started } from './start.ts'
import type { Bench, Running, Subject } from './subject.ts'

export interface Plan {
  readonly rounds: number
  readonly seconds: number
  /** Before the first round, for compilers that learn at run time and for caches. */
  readonly warmUp: (running: Running, cases: readonly Case[]) => Promise<unknown>
}
const REST_MS = 5000
const IDLE_CONNECTIONS = 5000
const STREAMED_BYTES = 2 ** 31

/** So many seconds of small requests, and of each case: a case that comes for the first time would otherwise pay in its first round for what it teaches. */
export const warmUpFor =
  (seconds: number, secondsOfEach = 0): Plan['warmUp'] =>
  async (running, cases) => {
    await wrk(running, { connections: 32, path: '/items/200' }, seconds)
    if (secondsOfEach > 0) for (const each of cases) await each.run(running, secondsOfEach)
  }

const rotated = <T>(list: readonly T[], by: number): T[] => list.map((_, index) => list[(index + by) % list.length]!)

export async function measureRounds(
  cases: readonly Case[],
  started: readonly Started[],
  plan: Plan,
  results: Results,
  bench: Bench,
  failures: string[],
): Promise<void> {
  if (cases.length > 0)
    for (const { name, running } of started) {
      try {
        await plan.warmUp(running, cases)
      } catch (error) {
        failures.push(`${name}, warm-up: ${reasonOf(error)}`)
      }
    }
  await turns(cases, started, plan, results, bench, failures)
}

/** The rate comes from this very run: half of what Envoy does at most on 32 connections, measured now where that case was not asked for. */
export async function measureHalfRate(
  kind: 'outbound' | 'pair',
  started: readonly Started[],
  plan: Plan,
  results: Results,
  bench: Bench,
  failures: string[],
): Promise<void> {
  const envoy = started.find(({ name }) => name === 'Envoy')
  if (envoy === undefined) return void failures.push(`${halfRateCases[kind]}: needs Envoy`)
  const known = results.cases.find((each) => each.case === maximumCases[kind] && each.subject === envoy.name)
  const most =
    known?.metrics['rps'] ??
    (await maximumOf(envoy.running, plan.seconds).catch(
      (error: unknown) => void failures.push(`${halfRateCases[kind]}: ${reasonOf(error)}`),
    ))
  if (most === undefined) return
  const rps = Math.round(most / 2)
  bench.say(`${halfRateCases[kind]}: ${rps} requests/s`)
  const run = ({ port, host }: Running, seconds: number): Promise<Load> => {
    const rate: ConstantRate = { port, host, path: '/items/200', connections: 32, rps, seconds, warmUpSeconds: 1 }
    return generate<ConstantRateResult>('constant-rate.ts', rate)
  }
  const half: Case = { name: halfRateCases[kind], kind, quick: false, run }
  await turns([half], started, plan, results, bench, failures)
}

async function maximumOf(running: Running, seconds: number): Promise<number> {
  const { requests, seconds: took } = await wrk(running, { connections: 32, path: '/items/200' }, seconds)
  return requests / took
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message.split('\n').slice(0, 2).join(' ') : String(error)

async function turns(
  cases: readonly Case[],
  started: readonly Started[],
  plan: Plan,
  results: Results,
  bench: Bench,
  failures: string[],
): Promise<void> {
  const rounds = new Map<string, Metrics[]>()
  const key = (each: Case, { name }: Started): string => `${each.name}\n${name}`
  for (let round = 0; round < plan.rounds; round++)
    for (const each of cases)
      for (const one of rotated(started, round)) {
        const what = `${each.name.padEnd(36)} ${one.name.padEnd(17)}`
        try {
          const metrics = await measure(one.running, bench.cores.proxy, () => each.run(one.running, plan.seconds))
          rounds.set(key(each, one), [...(rounds.get(key(each, one)) ?? []), metrics])
          bench.say(`round ${round + 1}/${plan.rounds}  ${what} ${brief(metrics)}`)
        } catch (error) {
          const reason = reasonOf(error)
          failures.push(`${one.name}, ${each.name}, round ${round + 1}: ${reason}`)
          bench.say(`round ${round + 1}/${plan.rounds}  ${what} FAILED: ${reason}`)
        }
        // Gigabytes of lines would be written back while others are measured. All append, so that they go on at the beginning.
        for (const log of one.running.accessLogs) truncateSync(log)
      }
  for (const each of cases)
    for (const one of started) {
      const measured = rounds.get(key(each, one))
      if (measured?.length === plan.rounds) results.add(each.name, one.name, overRounds(measured))
    }
}

const brief = ({ cpu_us_per_request: cpu = 0, rps = 0, p99_ms: p99 }: Metrics): string =>
  `${cpu.toFixed(1)} µs/request  ${Math.round(rps)}/s${p99 === undefined ? '' : `  p99 ${p99.toFixed(2)} ms`}`

/** One process of each, fresh for every figure: what load has left behind is none of it. */
export async function measureMemory(
  subjects: readonly Subject[],
  results: Results,
  bench: Bench,
  failures: string[],
): Promise<void> {
  for (const subject of subjects) {
    const fresh = async (what: string, figure: (running: Running) => number | Promise<number>): Promise<number> => {
      const running = await subject.start('outbound', bench)
      try {
        await sleep(REST_MS)
        return await figure(running)
      } catch (error) {
        throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
      } finally {
        await running.stop()
      }
    }
    try {
      const metrics = {
        rss_resting_mb: await fresh('at rest', ({ pids }) => rssMb(pids)),
        rss_5000_idle_mb: await fresh('5,000 idle connections', (running) =>
          rssWithIdleConnections(running, IDLE_CONNECTIONS),
        ),
        rss_added_by_streaming_mb: await fresh('streaming', (running) => rssAddedByStreaming(running, STREAMED_BYTES)),
      }
      results.add(memoryCase, subject.name, metrics)
      bench.say(
        `memory ${subject.name.padEnd(10)} ${Object.values(metrics)
          .map((mb) => mb.toFixed(0))
          .join(', ')} MB`,
      )
    } catch (error) {
      failures.push(`${subject.name}, memory: ${reasonOf(error)}`)
    }
  }
}
