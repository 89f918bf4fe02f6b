/** A background loop that outlives its failures: it runs a session, says why that broke, waits a little longer each time, and runs the next. */
import type { Log } from '../log/log.ts'

const shortestPauseMs = 200
const longestPauseMs = 5_000
/** A session that lived this long was healthy: the next failure starts from the shortest pause again. */
const healthyAfterMs = 10_000

export interface WorkerSignal {
  readonly stopped: boolean
  /** Ends early when woken or stopped; at once where a wake came since the last sleep. */
  sleep(ms: number): Promise<void>
  wake(): void
  /** Called at stop. */
  onStop(listener: () => void): void
}

export class Worker implements WorkerSignal {
  readonly #name: string
  readonly #log: Log
  readonly #session: (signal: WorkerSignal) => Promise<void>
  #running: Promise<void> | undefined
  #stopped = false
  #woken = false
  #endSleep: (() => void) | undefined
  readonly #stopListeners: (() => void)[] = []

  constructor(name: string, log: Log, session: (signal: WorkerSignal) => Promise<void>) {
    this.#name = name
    this.#log = log
    this.#session = session
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const listener of this.#stopListeners) listener()
    this.wake()
    await this.#running
  }

  get stopped(): boolean {
    return this.#stopped
  }

  onStop(listener: () => void): void {
    this.#stopListeners.push(listener)
  }

  wake(): void {
    this.#woken = true
    this.#endSleep?.()
  }

  async #run(): Promise<void> {
    let pauseMs = shortestPauseMs
    while (!this.#stopped) {
      const startedAt = performance.now()
      try {
        await this.#session(this)
      } catch (error) {
        this.#log.warn(`${this.#name} broke and starts again`, { error, inMs: pauseMs })
      }
      this.#stopListeners.length = 0
      if (performance.now() - startedAt > healthyAfterMs) pauseMs = shortestPauseMs
      if (!this.#stopped) await new Promise((resolve) => setTimeout(resolve, pauseMs))
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    }
  }

  async sleep(ms: number): Promise<void> {
    if (!this.#woken && !this.#stopped) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        this.#endSleep = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#endSleep = undefined
    }
    this.#woken = false
  }
}
