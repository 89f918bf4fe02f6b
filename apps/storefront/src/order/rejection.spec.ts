import { describeProblem } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { orderOfProblem, reasonOfOrder, reasonOfProblem } from './rejection.ts'

describe('reasonOfProblem', () => {
  it('knows a decline from an empty account', () => {
    expect(reasonOfProblem(describeProblem('payment-declined', 'en'))).toBe('card-declined')
    expect(reasonOfProblem(describeProblem('payment-declined', 'en', { detail: 'insufficient-funds' }))).toBe(
      'insufficient-funds',
    )
  })

  it('knows what is sold out and what has expired', () => {
    expect(reasonOfProblem(describeProblem('sold-out', 'en'))).toBe('sold-out')
    expect(reasonOfProblem(describeProblem('card-expired', 'en'))).toBe('card-expired')
  })

  it('leaves other problems alone', () => {
    expect(reasonOfProblem(describeProblem('upstream-unavailable', 'en'))).toBeNull()
  })
})

it('falls back to words that are true for every rejected order', () => {
  expect(reasonOfOrder({ rejection: null })).toBe('unknown')
})

it('reads the order id from the instance of a problem', () => {
  const id = '0198c0de-1111-7000-8000-00000abc12ef'
  expect(orderOfProblem(describeProblem('payment-declined', 'en', { instance: `/api/v1/orders/${id}` }))).toBe(id)
  expect(orderOfProblem(describeProblem('payment-declined', 'en', { instance: '/api/v1/orders' }))).toBeNull()
  expect(orderOfProblem(describeProblem('payment-declined', 'en'))).toBeNull()
})
