/** The targets of the issue "The data plane", word by word: how many times fewer CPU µs per request ours needs than the peer. */
import type { Results } from '../../report/results.ts'
import { halfRateCases, memoryCase } from './cases.ts'

export const ours = 'sidecar'
const atLeast: readonly { readonly peer: string; readonly cases: readonly string[]; readonly ratio: number }[] = [
  {
    peer: 'Envoy',
    cases: ['hop: 32 connections', 'inbound hop: 32 connections', 'mTLS pair: 32 connections'],
    ratio: 1.5,
  },
  {
    peer: 'Envoy',
    cases: ['hop: 1 MiB down', 'hop: 1 MiB up', 'mTLS pair: 1 MiB down', 'mTLS pair: 1 MiB up'],
    ratio: 1,
  },
  {
    peer: 'haproxy',
    cases: ['hop: 32 connections', 'inbound hop: 32 connections', 'mTLS pair: 32 connections'],
    ratio: 0.6,
  },
  { peer: 'http-proxy', cases: ['hop: 32 connections', 'inbound hop: 32 connections'], ratio: 3 },
]
const mostMemory = { rss_resting_mb: 80, rss_5000_idle_mb: 200, rss_added_by_streaming_mb: 32 } as const
const memoryNames = {
  rss_resting_mb: 'resident set at rest',
  rss_5000_idle_mb: 'resident set with 5,000 idle connections',
  rss_added_by_streaming_mb: 'resident set added by streaming 2 GiB each way',
} as const

/** Adds every target whose case and whose peer are part of this run; one that could not be measured is missed. */
export function judge(results: Results, planned: ReadonlySet<string>, subjects: ReadonlySet<string>): void {
  if (!subjects.has(ours)) return
  const metric = (name: string, subject: string, key: string): number | undefined =>
    results.cases.find((each) => each.case === name && each.subject === subject)?.metrics[key]
  const add = (name: string, wanted: string, got: string | undefined, met: boolean): void =>
    void results.targets.push({ name, wanted, got: got ?? 'not measured', met: got !== undefined && met })

  for (const { peer, cases, ratio } of atLeast.filter((each) => subjects.has(each.peer)))
    for (const name of cases.filter((each) => planned.has(each))) {
      const [theirs, own] = [peer, ours].map((subject) => metric(name, subject, 'cpu_us_per_request'))
      const got = theirs === undefined || own === undefined ? undefined : theirs / own
      add(
        `${name}: CPU per request of ${peer} over ours`,
        `≥ ${ratio} ×`,
        got === undefined ? undefined : `${got.toFixed(2)} ×`,
        got! >= ratio,
      )
    }
  const halfRate = Object.values(halfRateCases).filter((each) => subjects.has('Envoy') && planned.has(each))
  for (const name of halfRate) {
    const [theirs, own] = ['Envoy', ours].map((subject) => metric(name, subject, 'p99_ms'))
    const wanted = theirs === undefined ? "≤ Envoy's" : `≤ ${theirs.toFixed(2)} ms`
    const got = theirs === undefined || own === undefined ? undefined : `${own.toFixed(2)} ms`
    add(`${name}: p99`, wanted, got, own! <= theirs!)
  }
  if (planned.has(memoryCase))
    for (const key of ['rss_resting_mb', 'rss_5000_idle_mb', 'rss_added_by_streaming_mb'] as const) {
      const own = metric(memoryCase, ours, key)
      add(
        memoryNames[key],
        `≤ ${mostMemory[key]} MB`,
        own === undefined ? undefined : `${own.toFixed(0)} MB`,
        own! <= mostMemory[key],
      )
    }
}
