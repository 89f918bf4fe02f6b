/** RANDOM: a random endpoint in proportion to weight. */
import { isExcluded, type Excluded } from './excluded.ts'
import type { Chooser } from './picker-chooser.ts'
import type { Candidate } from './picker.ts'
import { WeightedWheel } from './weighted-wheel.ts'

export class RandomChooser implements Chooser {
  readonly #candidates: readonly Candidate[]
  readonly #wheel: WeightedWheel

  constructor(candidates: readonly Candidate[], random: () => number) {
    this.#candidates = candidates
    this.#wheel = new WeightedWheel(
      candidates.map(({ weight }) => weight),
      random,
    )
  }

  choose(): Candidate | null {
    return this.#candidates[this.#wheel.spin()] ?? null
  }

  chooseOther(excluded: Excluded): Candidate | null {
    return firstOther(this.#candidates, this.#wheel.spin(), excluded)
  }
}

/** From a place on, in a circle: tries after the first are rare, and a step to the neighbour is cheaper than a wheel without the tried ones. */
export function firstOther(candidates: readonly Candidate[], start: number, excluded: Excluded): Candidate | null {
  for (let step = 0; step < candidates.length; step++) {
    const candidate = candidates[(start + step) % candidates.length]
    if (candidate !== undefined && !isExcluded(excluded, candidate.endpoint.instance)) return candidate
  }
  return null
}
