/**
 * LEAST_REQUEST: of two random endpoints the less loaded one: close to the best choice, without a herd on the one that looks idle. Where
 * weights differ both are drawn by weight, so that an endpoint never gets more than twice its share, however idle it looks: a replica that is
 * warming up stays slow also where there is little to do.
 */
import type { Excluded } from './excluded.ts'
import type { Chooser } from './picker-chooser.ts'
import { firstOther } from './picker-random.ts'
import type { Candidate } from './picker.ts'
import { WeightedWheel } from './weighted-wheel.ts'

export class LeastRequestChooser implements Chooser {
  readonly #candidates: readonly Candidate[]
  readonly #wheel: WeightedWheel
  readonly #random: () => number

  constructor(candidates: readonly Candidate[], random: () => number) {
    this.#candidates = candidates
    this.#random = random
    this.#wheel = new WeightedWheel(
      candidates.map(({ weight }) => weight),
      random,
    )
  }

  choose(): Candidate | null {
    const candidates = this.#candidates
    if (candidates.length < 2) return candidates[0] ?? null
    const place = this.#wheel.spin()
    const first = candidates[place]
    const second = candidates[this.#wheel.even ? this.#anotherThan(place) : this.#wheel.spin()]
    if (first === undefined || second === undefined) return null
    return loadOf(second) < loadOf(first) ? second : first
  }

  chooseOther(excluded: Excluded): Candidate | null {
    const first = firstOther(this.#candidates, this.#wheel.spin(), excluded)
    const second = firstOther(this.#candidates, this.#wheel.spin(), excluded)
    if (first === null || second === null) return null
    return loadOf(second) < loadOf(first) ? second : first
  }

  #anotherThan(place: number): number {
    const other = Math.floor(this.#random() * (this.#candidates.length - 1))
    return other >= place ? other + 1 : other
  }
}

function loadOf(candidate: Candidate): number {
  return candidate.state.activeRequests / candidate.weight
}
