import { describe, expect, it } from 'vitest'
import { duplicateSkus, soldOutLines, unknownSkus } from './line-problems.ts'

const stock = new Map([
  ['MUG-DAWN', { available: 2 }],
  ['BOARD-OAK', { available: 0 }],
])
const line = (sku: string, quantity = 1): { sku: string; quantity: number } => ({ sku, quantity })

describe('lines of a reservation', () => {
  it('name a product once', () => {
    expect(duplicateSkus([line('MUG-DAWN'), line('BOARD-OAK')])).toEqual([])
    expect(duplicateSkus([line('MUG-DAWN'), line('BOARD-OAK'), line('MUG-DAWN', 2), line('BOARD-OAK')])).toEqual([
      { field: 'lines.2.sku', code: 'duplicate-sku' },
      { field: 'lines.3.sku', code: 'duplicate-sku' },
    ])
  })

  it('name products that exist', () => {
    expect(unknownSkus([line('MUG-DAWN'), line('MUG-DUSK')], stock)).toEqual([
      { field: 'lines.1.sku', code: 'unknown-sku' },
    ])
  })

  it('ask for what is left, down to the last piece', () => {
    expect(soldOutLines([line('MUG-DAWN', 2)], stock)).toEqual([])
    expect(soldOutLines([line('MUG-DAWN', 3), line('BOARD-OAK')], stock)).toEqual([
      { field: 'lines.0.quantity', code: 'sold-out' },
      { field: 'lines.1.quantity', code: 'sold-out' },
    ])
  })
})
