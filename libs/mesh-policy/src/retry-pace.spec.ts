import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DEFAULT_RETRY_BUDGET, retryAllowance, retryBackoffMs } from './retry-pace.ts'

const DEFAULT = { backoffMs: 25 }

test.each([
  [1, 24],
  [2, 74],
  [3, 174],
  [4, 249],
  [50, 249],
])('retry %d waits at most %d ms', (retry, longest) => {
  expect(retryBackoffMs(DEFAULT, retry, 0)).toBe(0)
  expect(retryBackoffMs(DEFAULT, retry, 0.999999)).toBe(longest)
})

test('every wait is a whole number within bounds', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (retry, random) => {
        const wait = retryBackoffMs(DEFAULT, retry, random)
        expect(Number.isInteger(wait) && wait >= 0 && wait < 250).toBe(true)
      },
    ),
  )
})

test('the base comes from the policy, and the longest wait is ten times as long', () => {
  expect(retryBackoffMs({ backoffMs: 100 }, 1, 0.999999)).toBe(99)
  expect(retryBackoffMs({ backoffMs: 100 }, 50, 0.999999)).toBe(999)
  expect(retryBackoffMs({ backoffMs: 0 }, 3, 0.5)).toBe(0)
})

test('a fifth of the active requests may be retries, and never fewer than three', () => {
  expect(retryAllowance(DEFAULT_RETRY_BUDGET, 1)).toBe(3)
  expect(retryAllowance(DEFAULT_RETRY_BUDGET, 100)).toBe(20)
  expect(retryAllowance({ percent: 0, minRetryConcurrency: 0 }, 100)).toBe(0)
})
