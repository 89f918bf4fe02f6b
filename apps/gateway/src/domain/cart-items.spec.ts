import { CartUpdate } from '@meshmart/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergeCarts } from './cart-items.ts'

const items = fc.uniqueArray(
  fc.record({ sku: fc.integer({ min: 0, max: 60 }).map((n) => `MUG-${n}`), quantity: fc.integer({ min: 1, max: 99 }) }),
  { selector: (item) => item.sku, maxLength: 50 },
)

describe('the content of a cart', () => {
  it('adds quantities when carts merge, and keeps the account’s lines first', () => {
    const merged = mergeCarts(
      [{ sku: 'MUG-DAWN', quantity: 2 }],
      [
        { sku: 'PEN-BLUE', quantity: 1 },
        { sku: 'MUG-DAWN', quantity: 3 },
      ],
    )
    expect(merged).toEqual([
      { sku: 'MUG-DAWN', quantity: 5 },
      { sku: 'PEN-BLUE', quantity: 1 },
    ])
  })

  it('always gives a cart that the public API would accept', () => {
    fc.assert(fc.property(items, items, (a, b) => CartUpdate.safeParse({ items: mergeCarts(a, b) }).success))
  })
})
