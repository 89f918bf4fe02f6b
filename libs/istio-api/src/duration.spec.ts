import fc from 'fast-check'
import { expect, test } from 'vitest'
import { durationOr, parseDuration } from './duration.ts'

test.each([
  ['1s', 1000],
  ['100ms', 100],
  ['1h', 3_600_000],
  ['1m30s', 90_000],
  ['1.5s', 1500],
  ['0s', 0],
])('%s is %d ms', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds)
})

test.each(['', '5', 'abc', '-1s', '1 s', '1d', '0.5ms', 's', '1s2'])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeNull()
})

test('any number of milliseconds can be written', () => {
  fc.assert(
    fc.property(fc.nat(), (milliseconds) => {
      expect(parseDuration(`${milliseconds}ms`)).toBe(milliseconds)
    }),
  )
})

test('a missing duration is the default, a broken one is told', () => {
  expect(durationOr(undefined, 7)).toBe(7)
  expect(() => durationOr('soon', 7)).toThrow('soon')
})
