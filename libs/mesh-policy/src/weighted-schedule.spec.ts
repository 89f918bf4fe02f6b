import fc from 'fast-check'
import { expect, test } from 'vitest'
import { interleaveByWeight } from './weighted-schedule.ts'

test('each entry has turns in proportion to its weight', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 }), (weights) => {
      const schedule = interleaveByWeight([...weights.keys()], (index) => weights[index] ?? 0)
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      for (const [index, weight] of weights.entries()) {
        const turns = schedule.filter((entry) => entry === index).length
        expect(turns * total).toBe(weight * schedule.length)
      }
    }),
  )
})

test('huge weights do not make a huge list', () => {
  const schedule = interleaveByWeight([1_000_003, 1], (weight) => weight)
  expect(schedule.length).toBeLessThanOrEqual(1001)
  expect(schedule).toContain(1)
})

test('weights that are not whole keep their proportion', () => {
  const schedule = interleaveByWeight([1, 0.1, 0.25], (weight) => weight)
  const share = (weight: number): number => schedule.filter((entry) => entry === weight).length / schedule.length
  expect(share(1)).toBeCloseTo(1 / 1.35, 2)
  expect(share(0.1)).toBeCloseTo(0.1 / 1.35, 2)
  expect(share(0.25)).toBeCloseTo(0.25 / 1.35, 2)
})
