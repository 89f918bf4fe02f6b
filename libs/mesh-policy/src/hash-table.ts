/**
 * A table that gives every hash an owner, such that an owner that comes or goes changes only its own share. Two of Envoy's: a ring of points
 * (`RING_HASH`) and a permuted table (`MAGLEV`). They are made of all endpoints of a cluster, the ejected ones included, so that an ejection
 * moves only the keys of whoever is ejected: each of its slots goes to the next one that is admitted.
 */
import { hashRing } from './hash-ring.ts'
import { maglevTable } from './maglev.ts'
import type { ConsistentHash } from './snapshot.ts'

export interface HashTable {
  /** By slot: which of the owners. */
  readonly owners: Uint32Array
  /** @param hash unsigned 32-bit */
  slotOf(hash: number): number
}

export interface HashOwner {
  readonly instance: string
  /** Above 0; relative to the others. */
  readonly weight: number
}

/** @param owners at least one, in an order that every sidecar agrees on */
export function buildHashTable(algorithm: ConsistentHash['algorithm'], owners: readonly HashOwner[]): HashTable {
  return algorithm.kind === 'MAGLEV'
    ? maglevTable(owners, algorithm.tableSize)
    : hashRing(owners, algorithm.minimumRingSize)
}

const KEPT = 8

/** Tables made lately: an ejection or an update that leaves the endpoints as they are finds its table again. */
export class HashTables {
  readonly #made = new Map<string, HashTable>()

  of(algorithm: ConsistentHash['algorithm'], owners: readonly HashOwner[]): HashTable {
    const key = JSON.stringify([algorithm, owners.map(({ instance, weight }) => [instance, weight])])
    const table = this.#made.get(key) ?? buildHashTable(algorithm, owners)
    this.#made.delete(key)
    this.#made.set(key, table)
    for (const oldest of this.#made.keys()) {
      if (this.#made.size <= KEPT) break
      this.#made.delete(oldest)
    }
    return table
  }
}
