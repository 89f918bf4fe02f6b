/** `distribute`: first a locality, by its share, then an endpoint in it. A locality loses share as fewer of its endpoints are healthy. */
import type { Excluded } from './excluded.ts'
import type { Chooser } from './picker-chooser.ts'
import type { Candidate } from './picker.ts'
import { WeightedWheel } from './weighted-wheel.ts'

export class LocalityChooser implements Chooser {
  readonly #localities: readonly Chooser[]
  readonly #wheel: WeightedWheel

  /** @param shares one for each locality; those with 0 are never chosen for a first try */
  constructor(localities: readonly Chooser[], shares: readonly number[], random: () => number) {
    const able = localities.filter((_, index) => (shares[index] ?? 0) > 0)
    this.#localities = able
    this.#wheel = new WeightedWheel(
      shares.filter((share) => share > 0),
      random,
    )
  }

  choose(hash: number | null): Candidate | null {
    return this.#localities[this.#wheel.spin()]?.choose(hash) ?? null
  }

  chooseOther(excluded: Excluded, hash: number | null): Candidate | null {
    const start = this.#wheel.spin()
    for (let step = 0; step < this.#localities.length; step++) {
      const locality = this.#localities[(start + step) % this.#localities.length]
      const chosen = locality?.chooseOther(excluded, hash) ?? null
      if (chosen !== null) return chosen
    }
    return null
  }
}
