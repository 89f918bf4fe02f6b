/**
 * So many at work at once, the others in the order in which they came. Beyond what a process can do, more at once makes all of them late together, and what is late is
 * asked for again: a shop that is overrun for a moment would stay so.
 *
 * Who takes longer than work takes is waiting for somebody else, who may be silent for seconds: it goes on, and another one begins.
 */
export class Turns {
  readonly #turnMs: number
  #free: number
  readonly #waiting: (() => void)[] = []

  /** @param turnMs after so many milliseconds a turn is given on, and the work goes on without one */
  constructor(atOnce: number, turnMs: number) {
    this.#free = atOnce
    this.#turnMs = turnMs
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Runs `work` when it is its turn, and gives the turn on however it ends. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((begin) => this.#waiting.push(begin))
    let given = false
    const giveOn = (): void => {
      if (given) return
      given = true
      this.#giveOn()
    }
    const late = setTimeout(giveOn, this.#turnMs)
    try {
      return await work()
    } finally {
      clearTimeout(late)
      giveOn()
    }
  }

  #giveOn(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }
}
