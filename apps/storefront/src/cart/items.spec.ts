import { expect, it } from 'vitest'
import { MOST_OF_ONE, withQuantity } from './items.ts'

const items = [
  { sku: 'MUG-DAWN', quantity: 1 },
  { sku: 'PEN-BRASS', quantity: 2 },
]

it('adds at the end and keeps the order of the rest', () => {
  expect(withQuantity(items, 'TAPE-WASHI', 1).map(({ sku }) => sku)).toEqual(['MUG-DAWN', 'PEN-BRASS', 'TAPE-WASHI'])
  expect(withQuantity(items, 'MUG-DAWN', 3)).toEqual([{ sku: 'MUG-DAWN', quantity: 3 }, items[1]])
})

it('takes out at zero', () => {
  expect(withQuantity(items, 'MUG-DAWN', 0)).toEqual([items[1]])
})

it('stops at the most that the contract allows', () => {
  expect(MOST_OF_ONE).toBe(99)
  expect(withQuantity(items, 'MUG-DAWN', 1000)[0]?.quantity).toBe(99)
})
