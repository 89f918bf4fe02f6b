/**
 * Folds a burst of changes into one piece of work: it starts when it has been quiet for 50 ms, but at most 500 ms after the first change, so
 * that a replica that flaps without end cannot keep everybody else's news back. What is one piece already starts at once. Work never overlaps with itself.
 */
const QUIET_MS = 50
const MAX_WAIT_MS = 500

/** When work is due, in ms since 1970: `first` and `last` are the first and the last change that wait for it. */
export const dueAt = (first: number, last: number): number => Math.min(last + QUIET_MS, first + MAX_WAIT_MS)

export class Fold {
  readonly #work: () => Promise<void>
  #first: number | null = null
  #hurries = false
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | null = null
  #stopped = false

  /** @param work must not throw: it knows better than a timer what to do about it. */
  constructor(work: () => Promise<void>) {
    this.#work = work
  }

  /** Something has changed. */
  touch(): void {
    if (this.#stopped) return
    const now = Date.now()
    this.#first ??= now
    clearTimeout(this.#timer)
    const due = this.#hurries ? now : dueAt(this.#first, now)
    this.#timer = setTimeout(() => this.#run(), Math.max(0, due - now))
  }

  /** Something has changed that is no part of a burst, and that somebody waits for. What waits already goes along. */
  hurry(): void {
    this.#hurries = true
    this.touch()
  }

  /** Lets what runs end; what waits is dropped. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }

  #run(): void {
    if (this.#running !== null) return
    this.#first = null
    this.#hurries = false
    this.#running = this.#work().finally(() => {
      this.#running = null
      if (this.#first !== null && !this.#stopped) this.touch()
    })
  }
}
