import { editedFields, type ProductEdit } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { becomesLow, differences } from './product-edit.ts'

const edit: ProductEdit = {
  name: { en: 'Mug', 'zh-CN': '杯' },
  description: { en: 'Holds tea', 'zh-CN': '喝茶' },
  category: 'kitchen',
  price: { amount: 1_800, currency: 'EUR' },
  reorderPoint: 5,
  forSale: true,
}

describe('differences', () => {
  it('are none between a product and itself', () => {
    expect(differences(edit, structuredClone(edit))).toEqual([])
  })

  it('name each field that may be edited, with what it was and what it is', () => {
    const other: ProductEdit = {
      name: { en: 'Cup', 'zh-CN': '盏' },
      description: { en: 'Holds coffee', 'zh-CN': '喝咖啡' },
      category: 'garden',
      price: { amount: 1_900, currency: 'EUR' },
      reorderPoint: 0,
      forSale: false,
    }
    const found = differences(edit, other)
    expect(found.map(({ field }) => field)).toEqual(editedFields)
    expect(found).toContainEqual({ field: 'price.amount', before: 1_800, after: 1_900 })
    expect(found).toContainEqual({ field: 'name.zh-CN', before: '杯', after: '盏' })
    expect(found).toContainEqual({ field: 'forSale', before: true, after: false })
  })
})

it.each([
  [
    'a reorder point that reaches what is left',
    { forSale: true, reorderPoint: 5 },
    { forSale: true, reorderPoint: 7 },
    true,
  ],
  ['one that was reached before', { forSale: true, reorderPoint: 8 }, { forSale: true, reorderPoint: 9 }, false],
  ['one that is lowered', { forSale: true, reorderPoint: 8 }, { forSale: true, reorderPoint: 5 }, false],
  [
    'few pieces that come back into the shop',
    { forSale: false, reorderPoint: 8 },
    { forSale: true, reorderPoint: 8 },
    true,
  ],
  ['few pieces that leave the shop', { forSale: true, reorderPoint: 8 }, { forSale: false, reorderPoint: 8 }, false],
  ['many pieces that come back', { forSale: false, reorderPoint: 6 }, { forSale: true, reorderPoint: 6 }, false],
])('seven pieces and %s', (_what, before, after, low) => {
  expect(becomesLow(before, after, 7)).toBe(low)
})
