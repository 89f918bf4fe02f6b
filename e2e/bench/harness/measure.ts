/** One measurement of one subject: load for some seconds, and what the kernel charged to its processes meanwhile. */
import { busyMicroseconds, cpuMicroseconds, rssMb } from './kernel.ts'
import type { Running } from './subject.ts'

export type Metrics = Record<string, number>
export interface Load {
  /** Requests, or handshakes. */
  readonly requests: number
  readonly seconds: number
  readonly p50Ms?: number
  readonly p99Ms?: number
  readonly p999Ms?: number
}

/** @param core on which the subject is alone, or should be: what others took of it is measured as well */
export async function measure(
  { pids }: Pick<Running, 'pids'>,
  core: number,
  load: () => Promise<Load>,
): Promise<Metrics> {
  const [began, busyBefore, before] = [performance.now(), busyMicroseconds(core), cpuMicroseconds(pids)]
  const { requests, seconds, p50Ms, p99Ms, p999Ms } = await load()
  const cpu = cpuMicroseconds(pids) - before
  const others = Math.max(0, busyMicroseconds(core) - busyBefore - cpu)
  return {
    cpu_us_per_request: cpu / requests,
    rps: requests / seconds,
    ...(p50Ms === undefined ? {} : { p50_ms: p50Ms }),
    ...(p99Ms === undefined ? {} : { p99_ms: p99Ms }),
    ...(p999Ms === undefined ? {} : { p999_ms: p999Ms }),
    rss_mb: rssMb(pids),
    others_on_core_percent: others / (10 * (performance.now() - began)),
  }
}

/** Metrics that are judged or quoted, and so come with their spread over the rounds. */
const WITH_SPREAD = {
  cpu_us_per_request: 'cpu_spread_percent',
  rps: 'rps_spread_percent',
  p99_ms: 'p99_spread_percent',
}

/** Median of each metric over the rounds; spread is (most − least) / median. */
export function overRounds(rounds: readonly Metrics[]): Metrics {
  const values = (metric: string): number[] => rounds.flatMap((round) => round[metric] ?? []).toSorted((a, b) => a - b)
  const metrics = Object.keys(rounds[0] ?? {})
  const spread = (metric: string): number => {
    const sorted = values(metric)
    return (100 * (sorted.at(-1)! - sorted[0]!)) / median(sorted)
  }
  const spreads = Object.entries(WITH_SPREAD).filter(([metric]) => rounds.length > 1 && metrics.includes(metric))
  return Object.fromEntries([
    ...metrics.map((metric) => [metric, median(values(metric))] as const),
    ...spreads.map(([metric, name]) => [name, spread(metric)] as const),
  ])
}

const median = (sorted: readonly number[]): number => {
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
