import { describe, expect, it } from 'vitest'
import { orderStates } from '@meshmart/contracts'
import { afterReturn, returnable } from './returns.ts'

const price = (amount: number) => ({ amount, currency: 'EUR' })
const sold = [
  { sku: 'MUG', quantity: 3, returned: 1, unitPrice: price(1_450) },
  { sku: 'LAMP', quantity: 1, returned: 0, unitPrice: price(8_900) },
]

describe('what may go back', () => {
  it('costs what it cost in the order', () => {
    const wanted = [
      { sku: 'LAMP', quantity: 1 },
      { sku: 'MUG', quantity: 2 },
    ]
    expect(returnable(wanted, sold)).toEqual({ kind: 'returnable', refund: price(11_800) })
  })

  it('is never more than is kept, and never what was not bought; the field is named', () => {
    const beyond = [
      { sku: 'LAMP', quantity: 1 },
      { sku: 'MUG', quantity: 3 },
    ]
    expect(returnable(beyond, sold)).toEqual({
      kind: 'refused',
      code: 'return-exceeds-kept',
      errors: [{ field: 'lines.1.quantity', code: 'more-than-kept' }],
    })
    expect(returnable([{ sku: 'NONE', quantity: 1 }], sold)).toEqual({
      kind: 'refused',
      code: 'invalid-request',
      errors: [{ field: 'lines.0.sku', code: 'not-in-order' }],
    })
  })
})

describe('what follows a return', () => {
  it('is the end of a confirmed order of which nothing is kept', () => {
    expect(afterReturn({ state: 'confirmed', open: false, keeps: true })).toEqual({ to: null, finished: true })
    expect(afterReturn({ state: 'confirmed', open: false, keeps: false })).toEqual({ to: 'cancelled', finished: true })
    expect(afterReturn({ state: 'confirmed', open: true, keeps: false })).toEqual({ to: null, finished: false })
  })

  it.each(orderStates.filter((state) => state !== 'confirmed'))('leaves an order that is %s to its saga', (state) => {
    expect(afterReturn({ state, open: false, keeps: false })).toEqual({ to: null, finished: false })
  })
})
