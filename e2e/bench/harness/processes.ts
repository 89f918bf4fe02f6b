/** Every process of a run, so that none outlives it: ended by pid at the end, after an error and after Ctrl-C. */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface SpawnedProcess {
  readonly pid: number
  readonly exited: Promise<void>
  readonly ended: () => boolean
  stop(): Promise<void>
}
export interface ProcessOptions {
  /** Whichever the scheduler likes where it is not given. */
  readonly core?: number | readonly number[]
  /** Standard output and error. */
  readonly log: string
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Standard output alone, where that is the access log. */
  readonly stdout?: string
}

const PATIENCE_MS = 5000

export class Processes {
  readonly #running = new Set<ChildProcess>()
  /** Those of them that lead a process group: nginx's master ended by force leaves its workers behind. */
  readonly #leaders = new WeakSet<ChildProcess>()
  readonly #atEnd: (() => void)[] = []

  constructor() {
    const interrupted = (signal: NodeJS.Signals): void => {
      this.killAll()
      process.exit(signal === 'SIGINT' ? 130 : 143)
    }
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
    process.once('exit', () => this.killAll())
  }

  /** Work to do at the very end, when no process is left, the last one first: synchronous, for it also runs after Ctrl-C. */
  atEnd(work: () => void): void {
    this.#atEnd.push(work)
  }

  start(command: string, args: readonly string[], options: ProcessOptions): SpawnedProcess {
    const log = openSync(options.log, 'a')
    const stdout = options.stdout === undefined ? log : openSync(options.stdout, 'a')
    const spawnOptions: SpawnOptions = {
      stdio: ['ignore', stdout, log],
      // A group of its own: what it has started ends with it, also where it cannot see to that itself.
      detached: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: options.env }),
    }
    const [program = command, ...rest] =
      options.core === undefined
        ? [command, ...args]
        : ['taskset', '--cpu-list', String(options.core), command, ...args]
    const child = spawn(program, rest, spawnOptions)
    closeSync(log)
    if (stdout !== log) closeSync(stdout)
    this.#leaders.add(child)
    return this.adopt(child)
  }

  /** Takes over what somebody else has started. @param signal that ends it in order */
  adopt(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): SpawnedProcess {
    this.#running.add(child)
    const exited = new Promise<void>((resolve, reject) => {
      child.once('exit', () => resolve()).once('error', reject)
    }).finally(() => this.#running.delete(child))
    exited.catch(() => undefined) // whoever waits for it hears of it; nobody has to
    return {
      pid: child.pid ?? 0,
      exited,
      ended: () => child.exitCode !== null || child.signalCode !== null,
      stop: async () => {
        const impatience = setTimeout(() => this.#kill(child), PATIENCE_MS)
        child.kill(signal)
        await exited
        clearTimeout(impatience)
      },
    }
  }

  killAll(): void {
    for (const child of this.#running) this.#kill(child)
    this.#running.clear()
    for (const work of this.#atEnd.splice(0).toReversed()) work()
  }

  #kill(child: ChildProcess): void {
    if (child.pid === undefined || !this.#leaders.has(child)) {
      child.kill('SIGKILL')
      return
    }
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch (error) {
      // It has ended meanwhile, and its children with it.
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'ESRCH') throw error
    }
  }
}

/** Asks until the answer is yes. Throws with the last lines of the log where the process ends before or `seconds` pass. */
export async function untilReady(
  name: string,
  process: SpawnedProcess,
  log: string,
  ready: () => Promise<boolean>,
  seconds = 30,
): Promise<void> {
  const giveUpAt = performance.now() + seconds * 1000
  while (!(await ready())) {
    if (process.ended() || performance.now() > giveUpAt) {
      const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-12).join('\n')
      throw new Error(`${name} did not become ready; its last words:\n${tail}`)
    }
    await sleep(50)
  }
}
