/**
 * So many at work at once, the others in the order in which they came. Beyond what a process can do, more at once makes all of them late together, and what is late is
 * asked for again: a shop that is overrun for a moment would stay so.
 *
 * Work comes in lanes, and what comes in an earlier one goes first. Who takes longer than work of its lane takes is waiting for somebody else, who may be silent for
 * seconds: it goes on without a turn, and another one begins.
 */
export class Turns {
  readonly #lanes: Lane[] = []
  #free: number

  constructor(atOnce: number) {
    this.#free = atOnce
  }

  /** Another lane, behind those that there are. */
  lane(limits: LaneLimits): Lane {
    const lane = new Lane(limits, { ask: () => this.#next(), giveOn: () => (this.#free++, this.#next()) })
    this.#lanes.push(lane)
    return lane
  }

  #next(): void {
    while (this.#free > 0 && this.#lanes.some((lane) => lane.begin())) this.#free--
  }
}

export interface LaneLimits {
  /** Of this lane at the same time; the other turns are for the lanes behind it. */
  readonly atOnce: number
  /** Milliseconds after which a turn is given on, and the work goes on without one. */
  readonly turnMs: number
}

export class Lane {
  readonly #limits: LaneLimits
  readonly #turns: { readonly ask: () => void; readonly giveOn: () => void }
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(limits: LaneLimits, turns: { readonly ask: () => void; readonly giveOn: () => void }) {
    this.#limits = limits
    this.#turns = turns
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Runs `work` when it is its turn, and gives the turn on however it ends. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    const turn = new Promise<void>((begin) => this.#waiting.push(begin))
    this.#turns.ask()
    await turn
    let given = false
    const giveOn = (): void => {
      if (given) return
      given = true
      this.#running--
      this.#turns.giveOn()
    }
    const late = setTimeout(giveOn, this.#limits.turnMs)
    try {
      return await work()
    } finally {
      clearTimeout(late)
      giveOn()
    }
  }

  /** Lets the next one begin, where one waits and may: for Turns. */
  begin(): boolean {
    if (this.#running >= this.#limits.atOnce) return false
    const next = this.#waiting.shift()
    if (next === undefined) return false
    this.#running++
    next()
    return true
  }
}
