/** Where the shop's time goes: CPU time by process name, replicas together, PostgreSQL with all its backends. */
import { existsSync } from 'node:fs'
import { cpuMicroseconds, familyOf } from '../harness/kernel.ts'

/** Microseconds so far, by name without the replica's number: `orders`, `postgres`. Backends that have ended are missing, so compare short stretches. */
export function cpuByProcess(pids: Readonly<Record<string, number>>): Map<string, number> {
  const sums = new Map<string, number>()
  for (const [process, pid] of Object.entries(pids)) {
    const name = process.replace(/-\d+$/, '')
    const family = familyOf(pid).filter((each) => existsSync(`/proc/${each}/task`))
    sums.set(name, (sums.get(name) ?? 0) + cpuMicroseconds(family))
  }
  return sums
}

/** What was spent between two readings, for each of `count` requests, the largest first. */
export function spentPerRequest(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  count: number,
): [name: string, microseconds: number][] {
  const spent = [...after].map(([name, sum]): [string, number] => [name, (sum - (before.get(name) ?? 0)) / count])
  return spent.filter(([, each]) => each > 0).sort(([, a], [, b]) => b - a)
}
