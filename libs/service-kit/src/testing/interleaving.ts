/**
 * One of the many orders in which things may happen, chosen by a seed: actors run one at a time, each from one of its points to the next, and at every point an actor
 * may be made to wait for any of the others, or be killed, as a process is: nothing of it runs any more. Time passes only here. The same seed is the same run.
 */

export interface Actor {
  readonly name: string
  /** False once it was killed. */
  readonly alive: boolean
}

interface Running extends Actor {
  alive: boolean
  /** Lets it go on from the point that it waits at. */
  goOn: (() => void) | null
}

/** More steps than that mean that the actors keep each other busy for ever. */
const LONGEST = 20_000

export class Interleaving {
  /** Milliseconds. */
  now = 0
  /** Of being killed, at each point. */
  deadliness = 0
  readonly random: () => number
  readonly #actors = new Set<Running>()
  readonly #killed = new Map<Running, () => void>()
  #failure: Error | null = null

  constructor(readonly seed: number) {
    this.random = mulberry32(seed)
  }

  /** Begins something that runs until it ends or is killed. @param killed is called when it was; what it spawns is the same process started again */
  spawn(name: string, run: (actor: Actor) => Promise<void>, killed: () => void = () => undefined): Actor {
    const actor: Running = { name, alive: true, goOn: null }
    this.#actors.add(actor)
    this.#killed.set(actor, killed)
    void this.point(actor)
      .then(() => run(actor))
      .then(
        () => this.#actors.delete(actor),
        (error: unknown) => {
          this.#actors.delete(actor)
          this.#failure ??= error instanceof Error ? error : new Error(String(error))
        },
      )
    return actor
  }

  /** Whatever the others do may happen here; a killed actor never comes back from it. */
  point(actor: Actor): Promise<void> {
    return new Promise((resolve) => {
      // What a killed actor's last words still reach is nothing.
      if (actor.alive) (actor as Running).goOn = resolve
    })
  }

  /** Lets one actor go on after another until `until` holds. Throws what an actor has thrown, and where it takes for ever. */
  async run(until: () => boolean): Promise<void> {
    for (let steps = 0; ; steps++) {
      await this.#settled()
      if (this.#failure !== null) throw this.#failure
      if (until()) return
      if (steps > LONGEST) throw new Error(`seed ${this.seed}: not at its end after ${LONGEST} steps`)
      const waiting = [...this.#actors]
      const actor = waiting[Math.floor(this.random() * waiting.length)]
      if (actor === undefined) throw new Error(`seed ${this.seed}: nobody is left to go on`)
      this.now += Math.floor(this.random() * 100)
      if (this.random() < this.deadliness) this.#kill(actor)
      else this.#wake(actor)
    }
  }

  /** Whether nobody else is left than those of these names. */
  only(names: readonly string[]): boolean {
    return [...this.#actors].every(({ name }) => names.includes(name))
  }

  #kill(actor: Running): void {
    actor.alive = false
    actor.goOn = null
    this.#actors.delete(actor)
    this.#killed.get(actor)?.()
  }

  #wake(actor: Running): void {
    const { goOn } = actor
    actor.goOn = null
    goOn?.()
  }

  /** Everybody waits at a point or has ended: nobody here waits for anything else than promises of this process. */
  async #settled(): Promise<void> {
    for (let turns = 0; [...this.#actors].some(({ goOn }) => goOn === null); turns++) {
      if (turns > LONGEST) throw new Error(`seed ${this.seed}: an actor waits for something that is no point`)
      await Promise.resolve()
    }
  }
}

/** Small, fast, and good enough to choose by (Mulberry32). In [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
