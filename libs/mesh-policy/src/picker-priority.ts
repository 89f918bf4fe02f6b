/**
 * The picker of a whole cluster: a priority by its load, then an endpoint of it. Another try keeps away from whoever was tried: first within
 * the priority that it would go to anyway, then in the others, then with somebody who was ejected a while ago, which is better than whoever
 * failed just now.
 */
import { isExcluded, type Excluded } from './excluded.ts'
import type { Chooser } from './picker-chooser.ts'
import { firstOther } from './picker-random.ts'
import type { Candidate, Picker } from './picker.ts'

export interface PickerLevel {
  /** 0 to 100. */
  readonly percent: number
  readonly panic: boolean
  readonly candidates: readonly Candidate[]
  /** Ejected. */
  readonly spare: readonly Candidate[]
  readonly chooser: Chooser
}

/** Envoy's `previous_priorities` with Istio's update frequency: after every two tries, priorities that were tried step back. */
const TRIES_BEFORE_REMOTE = 2

export class PriorityPicker implements Picker {
  readonly candidates: readonly Candidate[]
  readonly panic: boolean
  readonly #levels: readonly PickerLevel[]
  /** The one level that has all of the load, which is the common case. */
  readonly #only: Chooser | null
  readonly #spare: readonly Candidate[]
  readonly #random: () => number

  constructor(levels: readonly PickerLevel[], random: () => number) {
    this.candidates = levels.flatMap((level) => level.candidates)
    this.panic = levels.some((level) => level.panic)
    this.#levels = levels
    this.#only = levels.find((level) => level.percent === 100)?.chooser ?? null
    this.#spare = levels.flatMap((level) => level.spare)
    this.#random = random
  }

  pick(excluded: Excluded | null, hash: number | null): Candidate | null {
    const chooser = this.#only ?? this.#byLoad(hash)
    if (chooser === null) return null
    return excluded === null ? chooser.choose(hash) : this.#pickOther(chooser, excluded, hash)
  }

  /** One key always meets the same priority, as in Envoy. */
  #byLoad(hash: number | null): Chooser | null {
    let left = hash === null ? this.#random() * 100 : hash % 100
    for (const level of this.#levels) {
      left -= level.percent
      if (left < 0) return level.chooser
    }
    return null
  }

  #pickOther(chooser: Chooser, excluded: Excluded, hash: number | null): Candidate | null {
    return (
      this.#remote(excluded, hash) ??
      chooser.chooseOther(excluded, hash) ??
      this.#anyLevel(excluded, hash) ??
      firstOther(this.#spare, Math.floor(this.#random() * this.#spare.length), excluded) ??
      this.#anyLevel(lastOf(excluded), hash) ??
      chooser.choose(hash)
    )
  }

  #remote(excluded: Excluded, hash: number | null): Candidate | null {
    if (!excluded.remoteLocalities || excluded.tries < TRIES_BEFORE_REMOTE) return null
    for (const { candidates, chooser } of this.#levels) {
      if (candidates.some(({ endpoint }) => isExcluded(excluded, endpoint.instance))) continue
      const chosen = chooser.chooseOther(excluded, hash)
      if (chosen !== null) return chosen
    }
    return null
  }

  #anyLevel(excluded: Excluded, hash: number | null): Candidate | null {
    for (const { chooser } of this.#levels) {
      const chosen = chooser.chooseOther(excluded, hash)
      if (chosen !== null) return chosen
    }
    return null
  }
}

function lastOf(excluded: Excluded): Excluded {
  return { ...excluded, instances: excluded.instances.slice(-1) }
}
