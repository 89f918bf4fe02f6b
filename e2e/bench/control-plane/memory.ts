/** Memory and CPU time of a process while it works, looked at twice a second. */
import { cpuMicroseconds, footprintOf, type Footprint } from '../harness/kernel.ts'

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
