/** Memory and CPU time of a process while it works, looked at twice a second. */
import { readFileSync } from 'node:fs'
import { cpuMicroseconds } from '../harness/kernel.ts'

export interface Footprint {
  /** Its own pages and its share of those that it shares, MB. */
  readonly pssMb: number
  readonly rssMb: number
}

export function footprintOf(pid: number): Footprint {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const megabytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) / 1024
  return { pssMb: megabytes('Pss'), rssMb: megabytes('Rss') }
}

export interface Watched {
  readonly most: Footprint
  readonly last: Footprint
  /** Of one core. */
  readonly cpuPercent: number
}

const EVERY_MS = 500

/** Looks until `work` has ended. */
export async function watched<T>(pid: number, work: Promise<T>): Promise<{ answer: T; seen: Watched }> {
  let last = footprintOf(pid)
  let most = last
  const look = (): void => {
    last = footprintOf(pid)
    if (last.pssMb > most.pssMb) most = last
  }
  const [began, cpuBefore] = [performance.now(), cpuMicroseconds([pid])]
  const timer = setInterval(look, EVERY_MS)
  try {
    const answer = await work
    look()
    const cpuPercent = (cpuMicroseconds([pid]) - cpuBefore) / 10 / (performance.now() - began)
    return { answer, seen: { most, last, cpuPercent } }
  } finally {
    clearInterval(timer)
  }
}
