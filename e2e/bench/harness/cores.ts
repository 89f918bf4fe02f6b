/**
 * One core for what is measured, another for load and upstreams. On a shared machine nothing else tells the cost of a proxy from the cost
 * of asking it. Linux only: `taskset` pins, `/proc` says what is allowed.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Cores {
  /** Proxies, and nothing else that works. */
  readonly proxy: number
  /** Generators, upstreams, sinks, this program. */
  readonly load: number
}

/** Takes the first and the last core that this process may use, and moves it to the first; children inherit that. */
export function takeCores(): Cores {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
  const allowed = list.split(',').flatMap((range) => {
    const [from, to = from] = range.split('-').map(Number)
    return Array.from({ length: to! - from! + 1 }, (_, index) => from! + index)
  })
  const [load] = allowed
  const proxy = allowed.at(-1)
  if (load === undefined || proxy === undefined || load === proxy)
    throw new Error(`two cores are needed, one for the proxy and one for the load; allowed here: ${list}`)
  pin(process.pid, load)
  return { proxy, load }
}

/** Moves a process with all its threads; what it starts from now on is there as well. */
export function pin(pid: number, core: number): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)], { stdio: 'pipe' })
}
