import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WeightedWheel } from './weighted-wheel.ts'

test('over an even spread of random numbers, shares are those of the weights', () => {
  const weights = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(weights, (given) => {
      const rounds = 20_000
      let round = 0
      const wheel = new WeightedWheel(given, () => (round + 0.5) / rounds)
      const counts = given.map(() => 0)
      for (; round < rounds; round++) {
        const index = wheel.spin()
        counts[index] = (counts[index] ?? 0) + 1
      }
      const total = given.reduce((sum, weight) => sum + weight, 0)
      for (const [index, weight] of given.entries()) {
        expect(Math.abs((counts[index] ?? 0) / rounds - weight / total)).toBeLessThan(0.001)
      }
    }),
    { numRuns: 50 },
  )
})

test('knows whether all weights are alike', () => {
  expect(new WeightedWheel([2, 2], () => 0).even).toBe(true)
  expect(new WeightedWheel([2, 1], () => 0).even).toBe(false)
})
