/**
 * 32-bit MurmurHash3 (x86 variant) of a string's UTF-16 code units: spreads well, is fast on short keys, and needs neither a Buffer nor BigInt.
 * Every sidecar computes the same one, so that all callers send one key to one endpoint. Source: Austin Appleby's smhasher (public domain).
 */

/** @returns unsigned 32-bit integer */
export function hashOf(key: string, seed = 0): number {
  const length = key.length
  const pairs = length & ~1
  let hash = seed | 0
  for (let index = 0; index < pairs; index += 2) {
    hash ^= scrambled(key.charCodeAt(index) | (key.charCodeAt(index + 1) << 16))
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  if (pairs < length) hash ^= scrambled(key.charCodeAt(pairs))
  // Murmur counts bytes, of which a code unit has two.
  hash ^= length << 1
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function scrambled(block: number): number {
  const product = Math.imul(block, 0xcc9e2d51)
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593)
}
