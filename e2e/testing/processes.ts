/** The processes of the shop under test. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Pid by process name, such as `orders-2`. */
export function pidsOf(home: string): Record<string, number> {
  const { children } = JSON.parse(readFileSync(join(home, 'running.json'), 'utf8')) as {
    children: { name: string; pid: number }[]
  }
  return Object.fromEntries(children.map(({ name, pid }) => [name, pid]))
}

export function logOf(home: string, name: string): string {
  return readFileSync(join(home, 'logs', `${name}.log`), 'utf8')
}

/** Ports on which a process listens, read from the kernel; Linux. */
export function listeningPorts(pid: number): number[] {
  const rows = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8').trim().split('\n').slice(1),
  )
  const inodes = socketInodes(pid)
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A' && inodes.has(fields[9]!))
    .map((fields) => Number.parseInt(fields[1]!.split(':')[1]!, 16))
}

function socketInodes(pid: number): Set<string> {
  const folder = `/proc/${pid}/fd`
  const links = readdirSync(folder).flatMap((fd) => {
    try {
      return [readlinkSync(join(folder, fd))]
    } catch {
      return [] // closed between the two calls
    }
  })
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
}
