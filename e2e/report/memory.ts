/** Memory of a process with all its children, as the kernel counts it; Linux. */
import { readFileSync, readdirSync } from 'node:fs'

/** Proportional set size in MB: shared pages are divided among those who share them, so that the sum over processes is true. */
export function pssOf(pid: number): number {
  return [pid, ...descendants(pid)].reduce((sum, id) => sum + ownPss(id), 0)
}

function ownPss(pid: number): number {
  try {
    const kilobytes = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))
    return Number(kilobytes?.[1] ?? 0) / 1024
  } catch {
    return 0 // it has just ended
  }
}

function descendants(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ')
        return [{ pid: Number(name), parent: Number(parent) }]
      } catch {
        return [] // it has just ended
      }
    })
  const childrenOf = (id: number): number[] =>
    parents.filter((row) => row.parent === id).flatMap((row) => [row.pid, ...childrenOf(row.pid)])
  return childrenOf(pid)
}
