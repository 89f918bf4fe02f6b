import fc from 'fast-check'
import { expect, test } from 'vitest'
import { retryBackoffMs, withinRetryBudget } from './retry-pace.ts'

test.each([
  [1, 24],
  [2, 74],
  [3, 174],
  [4, 249],
  [50, 249],
])('retry %d waits at most %d ms', (retry, longest) => {
  expect(retryBackoffMs(retry, 0)).toBe(0)
  expect(retryBackoffMs(retry, 0.999999)).toBe(longest)
})

test('every wait is a whole number within bounds', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (retry, random) => {
        const wait = retryBackoffMs(retry, random)
        expect(Number.isInteger(wait) && wait >= 0 && wait < 250).toBe(true)
      },
    ),
  )
})

test('a fifth of the active requests may be retries, and never fewer than three', () => {
  expect(withinRetryBudget(1, 2)).toBe(true)
  expect(withinRetryBudget(1, 3)).toBe(false)
  expect(withinRetryBudget(100, 19)).toBe(true)
  expect(withinRetryBudget(100, 20)).toBe(false)
})
