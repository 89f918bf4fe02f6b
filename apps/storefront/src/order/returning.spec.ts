import type { OrderLine } from '@meshmart/contracts'
import { expect, it } from 'vitest'
import { canGiveBack, piecesOf, refundedOf, refundOf } from './returning.ts'

const euros = (amount: number) => ({ amount, currency: 'EUR' })
const line = (sku: string, quantity: number, returned: number, price: number): OrderLine => ({
  sku,
  quantity,
  returned,
  name: { en: sku, 'zh-CN': sku },
  unitPrice: euros(price),
  lineTotal: euros(price * quantity),
})
const lines = [line('MUG', 3, 1, 1_450), line('LAMP', 1, 1, 8_900)]

it('offers what is kept of a confirmed order', () => {
  expect(canGiveBack({ state: 'confirmed', lines })).toBe(true)
  expect(canGiveBack({ state: 'confirmed', lines: [lines[1]!] })).toBe(false)
  for (const state of ['allocated', 'cancelling', 'cancelled', 'rejected'] as const)
    expect(canGiveBack({ state, lines })).toBe(false)
})

it('asks for no more than is kept, and for nothing that was not chosen', () => {
  expect(piecesOf(lines, { MUG: 3, LAMP: 1 })).toEqual([{ sku: 'MUG', quantity: 2 }])
  expect(piecesOf(lines, { MUG: 0 })).toEqual([])
})

it('says what comes back', () => {
  expect(refundOf(lines, { MUG: 2 })).toEqual(euros(2_900))
  expect(refundOf(lines, {})).toEqual(euros(0))
  const at = '2026-11-29T10:00:00.000Z'
  const one = { id: 'r', lines: [], requestedAt: at, returnedAt: null, state: 'refunding' as const }
  const returns = [
    { ...one, refund: euros(1_450) },
    { ...one, refund: euros(8_900) },
  ]
  expect(refundedOf({ total: euros(13_250), returns })).toEqual(euros(10_350))
})
