/** A random index in proportion to weight, in constant time: Vose's alias method, prepared when the picker is built. */
export class WeightedWheel {
  readonly #random: () => number
  readonly #size: number
  /** Empty where all weights are alike. */
  readonly #threshold: Float64Array
  readonly #alias: Uint32Array

  /** @param weights above 0 */
  constructor(weights: readonly number[], random: () => number) {
    this.#random = random
    this.#size = weights.length
    const even = weights.every((weight) => weight === weights[0])
    this.#threshold = new Float64Array(even ? 0 : weights.length)
    this.#alias = new Uint32Array(even ? 0 : weights.length)
    if (!even) this.#fill(weights)
  }

  get even(): boolean {
    return this.#threshold.length === 0
  }

  spin(): number {
    const at = this.#random() * this.#size
    const column = Math.floor(at)
    if (this.#threshold.length === 0 || at - column < (this.#threshold[column] ?? 1)) return column
    return this.#alias[column] ?? column
  }

  /** Every column holds one average weight: a light entry's column is filled up by a heavy one. */
  #fill(weights: readonly number[]): void {
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const level = weights.map((weight) => (weight * weights.length) / total)
    const light: number[] = []
    const heavy: number[] = []
    for (const [index, part] of level.entries()) (part < 1 ? light : heavy).push(index)
    for (;;) {
      const poor = light.pop()
      const rich = heavy.pop()
      if (poor === undefined || rich === undefined) {
        // Only rounding is left of either.
        for (const full of [poor, rich, ...light, ...heavy]) if (full !== undefined) this.#threshold[full] = 1
        return
      }
      const filled = level[poor] ?? 0
      this.#threshold[poor] = filled
      this.#alias[poor] = rich
      const rest = (level[rich] ?? 0) + filled - 1
      level[rich] = rest
      ;(rest < 1 ? light : heavy).push(rich)
    }
  }
}
