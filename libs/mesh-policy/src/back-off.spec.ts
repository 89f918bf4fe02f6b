import { expect, it } from 'vitest'
import { delayMs } from './back-off.ts'

const rhythm = { firstMs: 250, factor: 2, maxMs: 5_000 }

it('doubles up to its longest, with half of it left to chance', () => {
  const most = [1, 2, 3, 5, 6, 2_000].map((attempts) => delayMs(rhythm, attempts, () => 1))
  expect(most).toEqual([250, 500, 1_000, 4_000, 5_000, 5_000])
  expect([1, 2, 50].map((attempts) => delayMs(rhythm, attempts, () => 0))).toEqual([125, 250, 2_500])
})
