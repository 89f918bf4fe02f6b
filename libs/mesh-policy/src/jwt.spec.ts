import { expect, test } from 'vitest'
import { claimFits, claimOf, parseClaimPath } from './jwt.ts'

const CLAIMS = { sub: 'u-7', realm: { roles: ['editor'], 'a.b': 1 }, scope: 'read write', list: ['x', 7], text: 'a b' }

test.each([
  [['sub'], 'u-7'],
  [['realm', 'roles'], ['editor']],
  [['realm', 'a.b'], 1],
  [['realm', 'none'], undefined],
  [['sub', 'length'], undefined],
  [['list', '0'], undefined],
  [['toString'], undefined],
  [['__proto__', 'constructor'], undefined],
])('the claim at %j is %j', (path, value) => {
  expect(claimOf(CLAIMS, path)).toEqual(value)
})

test.each([
  [['sub'], 'u-7', true],
  [['realm', 'roles'], 'editor', true],
  [['list'], 'x', true],
  [['list'], '7', false],
  // Istio has Envoy split these claims, and no other.
  [['scope'], 'write', true],
  [['text'], 'a', false],
  [['text'], 'a b', true],
])('the claim at %j is %j: %s', (path, wanted, fits) => {
  expect(claimFits(CLAIMS, path, (value) => value === wanted)).toBe(fits)
})

test.each([
  ['[a]', ['a']],
  ['[a][b.c]', ['a', 'b.c']],
  ['', null],
  ['[a', null],
  ['[]', null],
  ['[a]b', null],
  ['[[a]]', null],
])('%s is the path %j', (brackets, path) => {
  expect(parseClaimPath(brackets)).toEqual(path)
})
