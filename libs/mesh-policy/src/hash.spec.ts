import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashOf } from './hash.ts'

/** Published MurmurHash3_x86_32 vectors whose bytes are whole UTF-16 code units: bytes in hexadecimal, seed, hash. */
test.each([
  ['', 0, 0],
  ['', 1, 0x514e28b7],
  ['', 0xffffffff, 0x81f16f39],
  ['ffffffff', 0, 0x76293b50],
  ['21436587', 0, 0xf55b516b],
  ['21436587', 0x5082edee, 0x2362f9de],
  ['2143', 0, 0xa0f7b07a],
  ['00000000', 0, 0x2362f9de],
  ['0000', 0, 0x30f4c306],
  ['74657374', 0x9747b28c, 0x704b81dc],
  ['61616161', 0x9747b28c, 0x5a97808a],
  ['6161', 0x9747b28c, 0x5d211726],
])('bytes %s with seed %d', (bytes, seed, hash) => {
  let key = ''
  for (let at = 0; at < bytes.length; at += 4) {
    key += String.fromCharCode(Number.parseInt(bytes.slice(at + 2, at + 4) + bytes.slice(at, at + 2), 16))
  }
  expect(hashOf(key, seed)).toBe(hash)
})

test('is an unsigned 32-bit integer, the same each time', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (key) => {
      const hash = hashOf(key)
      expect(Number.isInteger(hash) && hash >= 0 && hash <= 0xffffffff).toBe(true)
      expect(hashOf(key)).toBe(hash)
    }),
  )
})

test('spreads keys that differ little evenly over any range', () => {
  for (const buckets of [3, 100, 256]) {
    const counts = Array.from({ length: buckets }, () => 0)
    const keys = 20_000
    for (let key = 0; key < keys; key++) {
      const bucket = hashOf(`user-${key}`) % buckets
      counts[bucket] = (counts[bucket] ?? 0) + 1
    }
    // Chi squared: its mean is buckets − 1, its standard deviation the root of twice that; five of these are one in millions.
    const expected = keys / buckets
    const chi = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    expect(chi).toBeLessThan(buckets - 1 + 5 * Math.sqrt(2 * (buckets - 1)))
  }
})
