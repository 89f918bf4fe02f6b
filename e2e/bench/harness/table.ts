/** The report as people read it: Markdown on the page, and the same text in the terminal. */
import { cpus, release, totalmem } from 'node:os'
import type { Case, Results } from '../../report/results.ts'

const headings: Record<string, string> = {
  cpu_us_per_request: 'CPU µs/request',
  cpu_spread_percent: 'spread %',
  rps: 'requests/s',
  rps_spread_percent: 'spread %',
  p50_ms: 'p50 ms',
  p99_ms: 'p99 ms',
  p99_spread_percent: 'spread %',
  p999_ms: 'p99.9 ms',
  most_ms: 'most ms',
  ms: 'ms',
  ns: 'ns',
  per_second: 'a second',
  arrivals: 'arrivals',
  needed: 'where needed',
  not_needed: 'elsewhere',
  other_messages: 'other messages of NATS',
  cpu_percent: '% of a core',
  pss_mb: 'PSS MB',
  rss_mb: 'RSS MB',
  others_on_core_percent: 'others on the core %',
  rss_resting_mb: 'at rest MB',
  rss_5000_idle_mb: '5,000 idle connections MB',
  rss_added_by_streaming_mb: 'added by 2 GiB each way MB',
  sql_statements: 'SQL statements',
  service_calls: 'calls between services',
  events: 'events',
}

function figure(value: number | undefined): string {
  if (value === undefined) return '–'
  if (value >= 1000) return Math.round(value).toLocaleString('en')
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)
}
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** One table per case (a journey is one request there, whatever it consists of), in the order in which they were added. */
export function caseTables(cases: readonly Case[]): string {
  const tables = [...new Set(cases.map((each) => each.case))].map((name) => {
    const unit = name.startsWith('journey') ? 'journey' : 'request'
    const heading = (metric: string): string => headings[metric]!.replace('request', unit)
    const rows = cases.filter((each) => each.case === name)
    const metrics = Object.keys(headings).filter((metric) => rows.some((each) => metric in each.metrics))
    const head = [row(['subject', ...metrics.map(heading)]), row(['---', ...metrics.map(() => '---:')])]
    const body = rows.map(({ subject, metrics: values }) =>
      row([subject, ...metrics.map((metric) => figure(values[metric]))]),
    )
    return [`### ${name}`, '', ...head, ...body].join('\n')
  })
  return tables.join('\n\n')
}

export function targetTable(targets: Results['targets']): string {
  const rows = targets.map(({ name, wanted, got, met }) => row([name, wanted, got, met ? 'met' : '**missed**']))
  return [row(['target', 'wanted', 'got', '']), row(['---', '---', '---', '---']), ...rows].join('\n')
}

const MOST_OTHERS_PERCENT = 5

/** A sentence for the report where the machine was not quiet; null where it was. */
export function disturbance(cases: readonly Case[]): string | null {
  const most = Math.max(0, ...cases.map(({ metrics }) => metrics['others_on_core_percent'] ?? 0))
  if (most <= MOST_OTHERS_PERCENT) return null
  return `**The machine was not quiet**: others took up to ${most.toFixed(0)} % of the core that is measured. Latencies and throughput say little, and CPU time suffers from cold caches.`
}

export function machineLine(): string {
  const [cpu] = cpus()
  return `${cpu?.model ?? 'unknown CPU'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}, Node ${process.version}`
}
