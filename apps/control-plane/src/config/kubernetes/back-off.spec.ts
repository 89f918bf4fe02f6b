import { expect, it } from 'vitest'
import { backOffMs } from './back-off.ts'

it('doubles up to its longest, with half of it left to chance', () => {
  expect([1, 2, 3, 5, 6, 50].map((failures) => backOffMs(failures, 1))).toEqual([250, 500, 1_000, 4_000, 5_000, 5_000])
  expect([1, 2, 50].map((failures) => backOffMs(failures, 0))).toEqual([125, 250, 2_500])
})
