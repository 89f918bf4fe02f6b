/** ROUND_ROBIN: turns in proportion to weight. */
import { isExcluded, type Excluded } from './excluded.ts'
import type { Chooser } from './picker-chooser.ts'
import type { Candidate } from './picker.ts'
import { interleaveByWeight } from './weighted-schedule.ts'

export class RoundRobinChooser implements Chooser {
  readonly #schedule: readonly Candidate[]
  #next: number

  constructor(candidates: readonly Candidate[], random: () => number) {
    this.#schedule = interleaveByWeight(candidates, (candidate) => candidate.weight)
    // A random start keeps many callers that got the same update from all beginning with the same endpoint.
    this.#next = Math.floor(random() * this.#schedule.length)
  }

  choose(): Candidate | null {
    const chosen = this.#schedule[this.#next]
    if (chosen === undefined) return null
    this.#next++
    if (this.#next === this.#schedule.length) this.#next = 0
    return chosen
  }

  chooseOther(excluded: Excluded): Candidate | null {
    for (let step = 0; step < this.#schedule.length; step++) {
      const chosen = this.choose()
      if (chosen !== null && !isExcluded(excluded, chosen.endpoint.instance)) return chosen
    }
    return null
  }
}
