/** What is under way, counted, so that a drain knows when it is over. */
export class InFlight {
  #count = 0
  readonly #quiet: (() => void)[] = []

  get count(): number {
    return this.#count
  }

  begun(): void {
    this.#count++
  }

  over(): void {
    this.#count--
    if (this.#count === 0 && this.#quiet.length > 0) for (const resolve of this.#quiet.splice(0)) resolve()
  }

  /** Resolves when nothing is under way, at the latest after `limitMs`. @returns how much was left */
  async quiet(limitMs: number): Promise<number> {
    if (this.#count > 0) {
      let timer: NodeJS.Timeout | null = null
      await Promise.race([
        new Promise<void>((resolve) => this.#quiet.push(resolve)),
        new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs))),
      ])
      if (timer !== null) clearTimeout(timer)
    }
    return this.#count
  }
}
