/**
 * Maglev: owners take turns in claiming slots of a table, each in its own pseudo-random order, until none is free; a lighter owner sits turns
 * out. A look-up is one remainder. Source: Eisenbud and others, "Maglev: A Fast and Reliable Software Network Load Balancer", 3.4, and
 * Envoy's way with weights.
 */
import { hashOf } from './hash.ts'
import type { HashOwner, HashTable } from './hash-table.ts'

const FREE = 0xffffffff
const SKIP_SEED = 0x9747b28c

/** @param tableSize a prime, more than there are owners; the control plane checks that */
export function maglevTable(owners: readonly HashOwner[], tableSize: number): HashTable {
  const table = new Uint32Array(tableSize).fill(FREE)
  const heaviest = Math.max(...owners.map(({ weight }) => weight))
  const next = owners.map(({ instance }) => hashOf(instance) % tableSize)
  const skip = owners.map(({ instance }) => (hashOf(instance, SKIP_SEED) % (tableSize - 1)) + 1)
  const share = owners.map(({ weight }) => weight / heaviest)
  const credit = owners.map(() => 0)
  let filled = 0
  while (filled < tableSize) {
    for (let owner = 0; owner < owners.length && filled < tableSize; owner++) {
      credit[owner] = (credit[owner] ?? 0) + (share[owner] ?? 0)
      if ((credit[owner] ?? 0) < 1) continue
      credit[owner] = (credit[owner] ?? 0) - 1
      let slot = next[owner] ?? 0
      while (table[slot] !== FREE) slot = (slot + (skip[owner] ?? 1)) % tableSize
      table[slot] = owner
      next[owner] = (slot + (skip[owner] ?? 1)) % tableSize
      filled++
    }
  }
  return new MaglevTable(table)
}

class MaglevTable implements HashTable {
  readonly owners: Uint32Array
  readonly #size: number

  constructor(owners: Uint32Array) {
    this.owners = owners
    this.#size = owners.length
  }

  slotOf(hash: number): number {
    return hash % this.#size
  }
}
