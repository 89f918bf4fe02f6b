import { describe, expect, test } from 'vitest'
import { compileRegex, regexProblem } from './regex.ts'

describe('a regular expression of an Istio resource', () => {
  test('must match the whole value', () => {
    expect(compileRegex('/v1/orders/[^/]+').test('/v1/orders/7')).toBe(true)
    expect(compileRegex('/v1/orders/[^/]+').test('/v1/orders/7/events')).toBe(false)
    expect(compileRegex('a|ab').test('ab')).toBe(true)
  })

  test.each(['(?i)BETA', '(?P<name>beta)', '\\(\\?='])('accepts what RE2 accepts: %s', (source) => {
    expect(regexProblem(source)).toBeNull()
  })

  test('understands (?i)', () => {
    expect(compileRegex('(?i)beta').test('BeTa')).toBe(true)
  })

  test.each(['(?=a)', '(?<!a)b', '(a)\\1', '[[:alpha:]]', '\\pL', '('])(
    'refuses what RE2 or we cannot do: %s',
    (source) => {
      expect(regexProblem(source)).not.toBeNull()
      expect(() => compileRegex(source)).toThrow(source.slice(0, 1) === '\\' ? 'regex' : source.slice(0, 1))
    },
  )
})
