import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normalisePath } from './path-normalisation.ts'

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
  ['/a%2fb', '/a%2Fb'],
  ['/a%20b', '/a%20b'],
  ['/a//b', '/a//b'],
  ['/.well-known', '/.well-known'],
  ['/...', '/...'],
])('%s becomes %s', (path, normal) => {
  expect(normalisePath(path)).toBe(normal)
})

test.each(['', 'v1', '/a#b', '/a%zz', '/a%2'])('%j is refused', (path) => {
  expect(normalisePath(path)).toBeNull()
})

test('is stable: a normal path stays as it is', () => {
  const paths = fc
    .array(fc.constantFrom('/', '.', '..', 'a', '%2e', '%2F', '%41', '\\', '%25', 'b'))
    .map((parts) => `/${parts.join('')}`)
  fc.assert(
    fc.property(paths, (path) => {
      const normal = normalisePath(path)
      expect(normal).not.toBeNull()
      expect(normalisePath(normal ?? '')).toBe(normal)
      expect(`${normal}/`).not.toMatch(/\/\.\.?\//)
    }),
  )
})
