/**
 * Ketama: each owner has points on a ring in proportion to its weight, and a hash belongs to the next point. Points per weight are a power of
 * two, where Envoy takes as many as fill the smallest ring: an owner that leaves so does not give the others new points (which would move
 * keys between those who stay), unless the ring would get too small. The ring may for that be up to twice as large as was asked for.
 */
import { hashOf } from './hash.ts'
import type { HashOwner, HashTable } from './hash-table.ts'

/** Envoy's upper bound of `maximum_ring_size`. */
const MAXIMUM_RING_SIZE = 8_388_608

export function hashRing(owners: readonly HashOwner[], minimumRingSize: number): HashTable {
  const total = owners.reduce((sum, { weight }) => sum + weight, 0)
  const size = Math.min(Math.max(minimumRingSize, owners.length), MAXIMUM_RING_SIZE / 2)
  const pointsPerWeight = 2 ** Math.ceil(Math.log2(size / total))
  const points: { readonly hash: number; readonly owner: number }[] = []
  for (const [owner, { instance, weight }] of owners.entries()) {
    const count = Math.max(1, Math.round(weight * pointsPerWeight))
    for (let point = 0; point < count; point++) points.push({ hash: hashOf(`${instance}_${point}`), owner })
  }
  points.sort((a, b) => a.hash - b.hash || a.owner - b.owner)
  return new HashRing(
    Uint32Array.from(points, ({ hash }) => hash),
    Uint32Array.from(points, ({ owner }) => owner),
  )
}

class HashRing implements HashTable {
  readonly owners: Uint32Array
  readonly #hashes: Uint32Array

  constructor(hashes: Uint32Array, owners: Uint32Array) {
    this.owners = owners
    this.#hashes = hashes
  }

  slotOf(hash: number): number {
    const hashes = this.#hashes
    let low = 0
    let high = hashes.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((hashes[middle] ?? 0) < hash) low = middle + 1
      else high = middle
    }
    return low === hashes.length ? 0 : low
  }
}
