import { expect, it } from 'vitest'
import { ComeAgain } from './come-again.ts'

it('tells each to come a little later than the one before, never at once and never too late', () => {
  const again = new ComeAgain()
  expect([again.inMs(5_000), again.inMs(5_000), again.inMs(5_050)]).toEqual([1_000, 1_100, 1_150])
  expect(again.inMs(60_000)).toBe(1_000)
  const last = Array.from({ length: 200 }, () => again.inMs(60_000)).at(-1)
  expect(last).toBe(10_000)
  // They were not told later than that, so neither is whoever comes next.
  expect(again.inMs(65_000)).toBe(5_100)
})
