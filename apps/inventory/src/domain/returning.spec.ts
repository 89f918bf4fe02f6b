import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countOf, planReturn } from './returning.ts'

const out = [
  { sku: 'MUG', warehouse: 'central', quantity: 2 },
  { sku: 'LAMP', warehouse: 'harbour', quantity: 1 },
  { sku: 'MUG', warehouse: 'harbour', quantity: 3 },
]

describe('pieces that come back', () => {
  it('go to the warehouses that they came from, the first one first', () => {
    expect(planReturn([{ sku: 'MUG', quantity: 1 }], out)).toEqual([{ sku: 'MUG', warehouse: 'central', quantity: 1 }])
    expect(
      planReturn(
        [
          { sku: 'MUG', quantity: 4 },
          { sku: 'LAMP', quantity: 1 },
        ],
        out,
      ),
    ).toEqual([
      { sku: 'MUG', warehouse: 'central', quantity: 2 },
      { sku: 'MUG', warehouse: 'harbour', quantity: 2 },
      { sku: 'LAMP', warehouse: 'harbour', quantity: 1 },
    ])
  })

  it('are never more than are out', () => {
    expect(() => planReturn([{ sku: 'MUG', quantity: 6 }], out)).toThrow(RangeError)
    expect(() => planReturn([{ sku: 'NONE', quantity: 1 }], out)).toThrow(RangeError)
  })

  it('are as many as were asked for, and no place gets more than it gave', () => {
    const piece = fc.record({
      sku: fc.constantFrom('A', 'B'),
      warehouse: fc.constantFrom('central', 'harbour'),
      quantity: fc.integer({ min: 1, max: 9 }),
    })
    const places = fc.uniqueArray(piece, { selector: ({ sku, warehouse }) => `${sku} ${warehouse}` })
    fc.assert(
      fc.property(places, fc.integer({ min: 1, max: 18 }), (had, quantity) => {
        const line = { sku: 'A', quantity }
        if (quantity > countOf('A', had)) return
        const parts = planReturn([line], had)
        expect(countOf('A', parts)).toBe(quantity)
        for (const { warehouse, quantity: back } of parts) {
          expect(back).toBeLessThanOrEqual(
            had.find((each) => each.sku === 'A' && each.warehouse === warehouse)!.quantity,
          )
        }
      }),
    )
  })
})
