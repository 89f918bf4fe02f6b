import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { loadRegexEngine } from './regex.ts'
import { prepareStringMatch } from './string-match.ts'

beforeAll(loadRegexEngine)

test('exact and prefix agree with the language for any text', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (pattern, value) => {
      expect(prepareStringMatch({ kind: 'exact', value: pattern }).matches(value)).toBe(pattern === value)
      expect(prepareStringMatch({ kind: 'prefix', value: pattern }).matches(pattern + value)).toBe(true)
    }),
  )
})

test('the same matcher can be asked again and again', () => {
  const matcher = prepareStringMatch({ kind: 'regex', value: 'v[0-9]+' })
  expect([matcher.matches('v1'), matcher.matches('v1'), matcher.matches('x')]).toEqual([true, true, false])
})
