/**
 * Work that is looked for again and again: at once while there is more, and after a pause where there was nothing or it failed. Who makes work in this process says so;
 * the pause is for what becomes due by time alone, and for what a process before this one left.
 */
import { type Log, wordsOf } from '@meshmart/contracts/log'

export interface RoundOptions {
  readonly name: string
  readonly pauseMs: number
  /** Answers how much it found. */
  readonly work: () => Promise<number>
  readonly log: Log
}

export class Round {
  readonly #options: RoundOptions
  #running: Promise<void> | undefined
  #stopped = false
  #woken = false
  #endPause: (() => void) | undefined
  constructor(options: RoundOptions) {
    this.#options = options
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** There is work, and it is in the database: what is under way may have missed it, so it is looked for once more. */
  wake(): void {
    this.#woken = true
    this.#endPause?.()
  }

  /** Resolves after the round that is under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.wake()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#woken = false
      if ((await this.#once()) === 0 && !this.#woken) await this.#pause()
    }
  }

  async #once(): Promise<number> {
    const { name, work, log } = this.#options
    try {
      return await work()
    } catch (error) {
      log.write('warn', `${name} failed and is tried again`, { error: wordsOf(error) })
      return 0
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#options.pauseMs)
      this.#endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
