/**
 * What the kernel knows of a process: CPU time in nanoseconds (`schedstat` of every thread; `stat` counts ticks of 10 ms) and memory.
 * A thread that ends takes its time with it, which none of the measured programs has during a run.
 */
import { readFileSync, readdirSync } from 'node:fs'

/** User and system time so far of these processes, in microseconds. */
export function cpuMicroseconds(pids: readonly number[]): number {
  let nanoseconds = 0
  for (const pid of pids)
    for (const task of readdirSync(`/proc/${pid}/task`))
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0])
  return nanoseconds / 1000
}

/** Microseconds that a core has worked so far, for whomever. The kernel counts them in ticks of 10 ms. */
export function busyMicroseconds(core: number): number {
  const line =
    readFileSync('/proc/stat', 'utf8')
      .split('\n')
      .find((each) => each.startsWith(`cpu${core} `)) ?? ''
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.split(/\s+/).slice(1).map(Number)
  return (user + nice + system + irq + softirq + steal) * 10_000
}

/** Resident set of these processes in MB, as `ps` shows it. */
export function rssMb(pids: readonly number[]): number {
  const kilobytes = pids.map((pid) =>
    Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0),
  )
  return kilobytes.reduce((sum, each) => sum + each, 0) / 1024
}

export interface Footprint {
  /** Its own pages, and its share of those that it shares with others: the sum over processes is true. */
  readonly pssMb: number
  readonly rssMb: number
}

/** @throws Error where it has ended */
export function footprintOf(pid: number): Footprint {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const megabytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) / 1024
  return { pssMb: megabytes('Pss'), rssMb: megabytes('Rss') }
}

/** The process and all that came from it. */
export function familyOf(pid: number): number[] {
  const children = unlessEnded([], () =>
    readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    ),
  )
  return [pid, ...children.flatMap(familyOf)]
}

/** Proportional set size in MB of a process with all that came from it. */
export const familyPssMb = (pid: number): number =>
  familyOf(pid).reduce((sum, each) => sum + unlessEnded(0, () => footprintOf(each).pssMb), 0)

/** A child, or a thread, may end while one looks. */
function unlessEnded<T>(otherwise: T, look: () => T): T {
  try {
    return look()
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return otherwise
    throw error
  }
}
