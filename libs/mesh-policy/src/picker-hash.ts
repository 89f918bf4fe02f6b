/**
 * RING_HASH and MAGLEV: the same key goes to the same endpoint for as long as that is admitted. Whoever is ejected keeps its slots in the
 * table, and until it is back each of them is served by the next endpoint after it.
 */
import type { ClusterState } from './cluster-state.ts'
import { isExcluded, type Excluded } from './excluded.ts'
import type { HashTable } from './hash-table.ts'
import type { Chooser } from './picker-chooser.ts'
import type { RandomChooser } from './picker-random.ts'
import type { Candidate } from './picker.ts'
import type { ConsistentHash } from './snapshot.ts'

export class HashChooser implements Chooser {
  /** In the order of their names, which is the same for every caller; null for whoever is ejected. */
  readonly #candidates: readonly (Candidate | null)[]
  readonly #table: HashTable | null
  readonly #keyless: RandomChooser

  /** @param keyless for requests without a key */
  constructor(
    policy: ConsistentHash,
    members: readonly Candidate[],
    isUsed: (candidate: Candidate) => boolean,
    state: ClusterState,
    keyless: RandomChooser,
  ) {
    const owners = members.toSorted((a, b) => (a.endpoint.instance < b.endpoint.instance ? -1 : 1))
    this.#candidates = owners.map((candidate) => (isUsed(candidate) ? candidate : null))
    this.#keyless = keyless
    // Without anybody to find, there is nothing to search.
    this.#table = members.some(isUsed)
      ? state.hashTables.of(
          policy.algorithm,
          owners.map(({ endpoint, weight }) => ({ instance: endpoint.instance, weight })),
        )
      : null
  }

  choose(hash: number | null): Candidate | null {
    const table = this.#table
    if (table === null) return null
    if (hash === null) return this.#keyless.choose()
    const owners = table.owners
    let slot = table.slotOf(hash)
    for (;;) {
      const candidate = this.#candidates[owners[slot] ?? 0] ?? null
      if (candidate !== null) return candidate
      slot++
      if (slot === owners.length) slot = 0
    }
  }

  chooseOther(excluded: Excluded, hash: number | null): Candidate | null {
    const table = this.#table
    if (table === null) return null
    if (hash === null) return this.#keyless.chooseOther(excluded)
    const owners = table.owners
    const start = table.slotOf(hash)
    for (let step = 0; step < owners.length; step++) {
      const candidate = this.#candidates[owners[(start + step) % owners.length] ?? 0] ?? null
      if (candidate !== null && !isExcluded(excluded, candidate.endpoint.instance)) return candidate
    }
    return null
  }
}
