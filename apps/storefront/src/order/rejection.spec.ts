import { describeProblem } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { reasonOfOrder, reasonOfProblem } from './rejection.ts'

describe('reasonOfProblem', () => {
  it('knows a decline from an empty account', () => {
    expect(reasonOfProblem(describeProblem('payment-declined', 'en'))).toBe('card-declined')
    expect(reasonOfProblem(describeProblem('payment-declined', 'en', { detail: 'insufficient-funds' }))).toBe(
      'insufficient-funds',
    )
  })

  it('knows what is sold out, what has expired and what is no product', () => {
    expect(reasonOfProblem(describeProblem('sold-out', 'en'))).toBe('sold-out')
    expect(reasonOfProblem(describeProblem('price-changed', 'en'))).toBe('price-changed')
    expect(reasonOfProblem(describeProblem('card-expired', 'en'))).toBe('card-expired')
    expect(reasonOfProblem(describeProblem('unknown-sku', 'en'))).toBe('unknown-sku')
  })

  it('leaves other problems alone', () => {
    expect(reasonOfProblem(describeProblem('upstream-unavailable', 'en'))).toBeNull()
  })
})

describe('reasonOfOrder', () => {
  const history = (cause: string) => [
    { state: 'received' as const, at: '2026-11-22T00:00:00.000Z', cause: 'checkout' },
    { state: 'rejecting' as const, at: '2026-11-22T00:00:01.000Z', cause },
  ]

  it('takes the reason that the order gives', () => {
    expect(reasonOfOrder({ rejection: 'sold-out', history: history('sold-out') })).toBe('sold-out')
  })

  it('finds in the history that a product has vanished', () => {
    expect(reasonOfOrder({ rejection: null, history: history('unknown-sku') })).toBe('unknown-sku')
  })

  it('falls back to words that are true for every rejected order', () => {
    expect(reasonOfOrder({ rejection: null, history: history('something new') })).toBe('unknown')
  })
})
