/**
 * One shop per home. The lock names every process that was started, so that a start after a crash of the starter itself can end what was
 * left behind. A process is known by its pid and its start time: a pid alone may be somebody else's by now.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

const Started = z.object({ name: z.string(), pid: z.int(), startedAt: z.string() })
const LockFile = z.object({ owner: Started, url: z.string(), children: z.array(Started) })
export type Started = z.infer<typeof Started>
export type LockFile = z.infer<typeof LockFile>

/** When the process with this pid started, as the system words it; undefined where there is none. */
export function startTime(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      return fields[0] === 'Z' ? undefined : fields[19]
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
  } catch {
    return undefined // no such process
  }
}

const runs = (process: Started): boolean => startTime(process.pid) === process.startedAt

export const started = (name: string, pid: number): Started => ({ name, pid, startedAt: startTime(pid) ?? '' })

export function readLock(file: string): LockFile | undefined {
  if (!existsSync(file)) return undefined
  try {
    return LockFile.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined // half-written by a crash: as good as none
  }
}

/** The lock of a shop that runs now. */
export function runningShop(file: string): LockFile | undefined {
  const lock = readLock(file)
  return lock !== undefined && runs(lock.owner) ? lock : undefined
}

export class Lock {
  readonly #file: string
  readonly #content: LockFile

  /** Takes the lock; ends what a crashed start left behind. Throws where a shop runs already. */
  static async take(file: string, url: string, say: (line: string) => void): Promise<Lock> {
    const other = readLock(file)
    if (other !== undefined && runs(other.owner)) {
      throw new Error(
        `Meshmart runs already (pid ${other.owner.pid}) on ${other.url}.\nRemedy: use that one, or stop it with: kill ${other.owner.pid}`,
      )
    }
    if (other !== undefined) {
      const left = other.children.filter(runs)
      say(
        `The last start ended without cleaning up; removing its lock${left.length > 0 ? ` and ending ${left.map((child) => child.name).join(', ')}` : ''}.`,
      )
      await end(left)
    }
    return new Lock(file, url)
  }

  private constructor(file: string, url: string) {
    this.#file = file
    this.#content = { owner: started('start', process.pid), url, children: [] }
    mkdirSync(dirname(file), { recursive: true })
    this.#write()
  }

  add(name: string, pid: number): void {
    this.#content.children = this.#content.children.filter((child) => child.name !== name)
    this.#content.children.push(started(name, pid))
    this.#write()
  }

  release(): void {
    rmSync(this.#file, { force: true })
  }

  #write(): void {
    writeFileSync(this.#file, JSON.stringify(this.#content, null, 2))
  }
}

async function end(processes: Started[]): Promise<void> {
  for (const [signal, milliseconds] of [
    ['SIGTERM', 5000],
    ['SIGKILL', 1000],
  ] as const) {
    for (const child of processes.filter(runs)) process.kill(child.pid, signal)
    for (let waited = 0; waited < milliseconds && processes.some(runs); waited += 100) await sleep(100)
  }
}
