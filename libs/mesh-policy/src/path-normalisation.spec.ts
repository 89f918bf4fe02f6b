import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normalisePath } from './path-normalisation.ts'
import type { PathNormalization } from './snapshot.ts'

const MODES: readonly PathNormalization[] = ['NONE', 'BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES']

test.each([
  ['/', '/'],
  ['*', '*'],
  ['/v1/orders', '/v1/orders'],
  ['/a/./b', '/a/b'],
  ['/a/../b', '/b'],
  ['/a/b/..', '/a/'],
  ['/a/.', '/a/'],
  ['/../../etc', '/etc'],
  ['/a\\..\\b', '/b'],
  ['/%61dmin', '/admin'],
  ['/a/%2e%2e/b', '/b'],
  // Envoy leaves the case of an escape as it is (normalize_path: "does not perform case normalization").
  ['/a%2fb', '/a%2fb'],
  ['/a%5c..', '/a%5c..'],
  ['/{id}|"<x>`^', '/%7Bid%7D%7C%22%3Cx%3E%60%5E'],
  ['/caf\u00e9', '/caf%E9'],
  ['/a\\b', '/a/b'],
  ['/a%20b', '/a%20b'],
  ['/a//b', '/a//b'],
  ['/.well-known', '/.well-known'],
  ['/...', '/...'],
])('%s becomes %s', (path, normal) => {
  expect(normalisePath(path)).toBe(normal)
})

test.each(['', 'v1', '/a#b', '/a%zz', '/a%2', '/a%00'])('%j is refused', (path) => {
  expect(normalisePath(path)).toBeNull()
})

// MeshConfig.ProxyPathNormalization: what each level makes of the same path.
test.each<[string, string | null, string | null, string | null, string | null]>([
  ['/a/../b', '/a/../b', '/b', '/b', '/b'],
  ['/a//b', '/a//b', '/a//b', '/a/b', '/a/b'],
  ['/a%2Fb', '/a%2Fb', '/a%2Fb', '/a%2Fb', '/a/b'],
  ['/a%5Cb', '/a%5Cb', '/a%5Cb', '/a%5Cb', '/a/b'],
  ['/a/%2E%2E%2Fb', '/a/%2E%2E%2Fb', '/a/..%2Fb', '/a/..%2Fb', '/b'],
  ['/a%2F..%2F..%2Fb', '/a%2F..%2F..%2Fb', '/a%2F..%2F..%2Fb', '/a%2F..%2F..%2Fb', '/b'],
  ['//a///b//', '//a///b//', '//a///b//', '/a/b/', '/a/b/'],
  ['/a//../b', '/a//../b', '/a/b', '/a/b', '/a/b'],
  ['/a%252Fb', '/a%252Fb', '/a%252Fb', '/a%252Fb', '/a%252Fb'],
  ['/a#b', null, null, null, null],
  ['/a%', '/a%', null, null, null],
])('%s: NONE %s, BASE %s, MERGE_SLASHES %s, DECODE_AND_MERGE_SLASHES %s', (path, ...results) => {
  expect(MODES.map((mode) => normalisePath(path, mode))).toEqual(results)
})

test('is stable in every mode: a normal path stays as it is, and nothing leads upwards', () => {
  const parts = fc.constantFrom('/', '//', '.', '..', 'a', '%2e', '%2F', '%5c', '%41', '\\', '%25', 'b', '{', '\u00e9')
  const paths = fc.array(parts).map((list) => `/${list.join('')}`)
  fc.assert(
    fc.property(paths, fc.constantFrom(...MODES), (path, mode) => {
      const normal = normalisePath(path, mode)
      expect(normal).not.toBeNull()
      expect(normalisePath(normal ?? '', mode)).toBe(normal)
      if (mode !== 'NONE') expect(`${normal}/`).not.toMatch(/\/\.\.?\//)
      if (mode.endsWith('MERGE_SLASHES')) expect(normal).not.toContain('//')
      if (mode.startsWith('DECODE')) expect(normal).not.toMatch(/%2f|%5c/i)
    }),
    { numRuns: 1000 },
  )
})
