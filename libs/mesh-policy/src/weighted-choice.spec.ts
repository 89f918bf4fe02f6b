import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseDestination } from './weighted-choice.ts'

const UNIT = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('never chooses a weight of 0 while there is another', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100), { minLength: 1 }), UNIT, (weights, random) => {
      fc.pre(weights.length === 1 || weights.some((weight) => weight > 0))
      const chosen = chooseDestination(
        weights.map((weight, index) => ({ cluster: String(index), weight })),
        random,
      )
      expect(chosen).not.toBeNull()
      if (weights.length > 1) expect(chosen?.weight).toBeGreaterThan(0)
    }),
  )
})

test('over an even spread of random numbers, shares are exactly the weights', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 2, maxLength: 6 }), (weights) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      fc.pre(total > 0)
      const destinations = weights.map((weight, index) => ({ cluster: String(index), weight }))
      const counts = weights.map(() => 0)
      for (let step = 0; step < total; step++) {
        const index = Number(chooseDestination(destinations, (step + 0.5) / total)?.cluster)
        counts[index] = (counts[index] ?? 0) + 1
      }
      expect(counts).toEqual(weights)
    }),
  )
})

test('nothing to choose from is null', () => {
  expect(chooseDestination([], 0.5)).toBeNull()
  expect(
    chooseDestination(
      [
        { cluster: 'a', weight: 0 },
        { cluster: 'b', weight: 0 },
      ],
      0.5,
    ),
  ).toBeNull()
})
