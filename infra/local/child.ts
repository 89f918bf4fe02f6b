/** One supervised child process: its log file, its restarts after a crash, its end. */
import type { ChildProcess, StdioOptions } from 'node:child_process'
import { closeSync, createWriteStream, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Crashes } from './crashes.ts'

export interface ChildOptions {
  readonly name: string
  readonly logFile: string
  readonly verbose: boolean
  /** Starts the process with these standard streams. */
  readonly spawn: (stdio: StdioOptions) => ChildProcess
  readonly signal: NodeJS.Signals
  readonly onStarted: (pid: number) => void
  readonly say: (line: string) => void
}

const RESTART_AFTER_MS = 1000

export class Child {
  readonly #options: ChildOptions
  #process: ChildProcess | undefined
  #stopping = false
  readonly #crashes = new Crashes()
  #startedAt = 0
  #gaveUp: ((error: Error) => void) | undefined

  constructor(options: ChildOptions) {
    this.#options = options
    mkdirSync(dirname(options.logFile), { recursive: true })
  }

  start(): void {
    const { logFile, verbose, name, onStarted } = this.#options
    const log = openSync(logFile, 'a')
    const child = this.#options.spawn(verbose ? ['ignore', 'pipe', 'pipe'] : ['ignore', log, log])
    closeSync(log)
    if (verbose) this.#echo(child)
    this.#process = child
    this.#startedAt = performance.now()
    child.once('error', (error) => this.#gaveUp?.(new Error(`${name} cannot be started: ${error.message}`)))
    child.once('exit', (code, signal) => this.#exited(code, signal))
    if (child.pid !== undefined) onStarted(child.pid)
  }

  /** Rejects once the process has crashed so often that it is not started again. */
  whenGivenUp(): Promise<never> {
    return new Promise((_, reject) => (this.#gaveUp = reject))
  }

  /** Asks it to end, and ends it after `patienceMs`. */
  async stop(patienceMs: number): Promise<void> {
    this.#stopping = true
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill(this.#options.signal)
    const impatience = setTimeout(() => {
      this.#options.say(`${this.#options.name} did not stop within ${(patienceMs / 1000).toFixed(1)} s; killed`)
      child.kill('SIGKILL')
    }, patienceMs)
    await exited
    clearTimeout(impatience)
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#stopping) return
    const { name, say, logFile } = this.#options
    const how = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`
    const hopeless = this.#crashes.remember({ code, signal, livedMs: performance.now() - this.#startedAt })
    if (hopeless !== undefined) {
      const remedy = `Remedy: read ${logFile}; if its data is damaged: npm run reset`
      this.#gaveUp?.(new Error(`${name} ${how}: ${hopeless}.\n${lastLines(logFile, 12)}\n${remedy}`))
      return
    }
    say(`${name} ${how}; the others go on, it is started again in ${RESTART_AFTER_MS / 1000} s (log: ${logFile})`)
    setTimeout(() => {
      if (!this.#stopping) this.start()
    }, RESTART_AFTER_MS)
  }

  #echo(child: ChildProcess): void {
    const file = createWriteStream(this.#options.logFile, { flags: 'a' })
    for (const stream of [child.stdout, child.stderr]) {
      stream?.pipe(file, { end: false })
      stream?.on('data', (chunk: Buffer) => {
        for (const line of chunk.toString().trimEnd().split('\n'))
          process.stdout.write(`${this.#options.name.padEnd(14)} ${line}\n`)
      })
    }
    child.once('exit', () => file.end())
  }
}

export function lastLines(file: string, count: number): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
}
