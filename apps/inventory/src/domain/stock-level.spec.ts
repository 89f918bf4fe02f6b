import { describe, expect, it } from 'vitest'
import { crossesReorderPoint, stockLevel } from './stock-level.ts'

describe('stockLevel', () => {
  it.each([
    [0, 5, 'sold-out'],
    [0, 0, 'sold-out'],
    [1, 5, 'few-left'],
    [5, 5, 'few-left'],
    [6, 5, 'in-stock'],
    [1, 0, 'in-stock'],
  ] as const)('%i available with reorder point %i is %s', (available, reorderPoint, level) => {
    expect(stockLevel(available, reorderPoint)).toBe(level)
  })
})

describe('crossesReorderPoint', () => {
  it.each([
    [6, 5, true],
    [9, 2, true],
    [5, 4, false],
    [5, 6, false],
    [9, 6, false],
  ])('%i → %i with reorder point 5: %s', (before, after, crosses) => {
    expect(crossesReorderPoint(before, after, 5)).toBe(crosses)
  })
})
