import type { OrderRequest } from '@meshmart/contracts'
import { describeProblem } from '@meshmart/contracts'
import { expect, it } from 'vitest'
import { NoAnswer, outcomeIsUnknown, ProblemAnswer } from '../api/failure.ts'
import { attemptFor, settle } from './attempt.ts'

const request: OrderRequest = {
  items: [{ sku: 'MUG-DAWN', quantity: 1 }],
  payment: { card: { number: '4242424242424242', expiry: '12/30', cvc: '123' } },
  shippingAddress: { name: 'Ada', line1: '1 Road', postalCode: '12345', city: 'Berlin', country: 'DE' },
  email: 'ada@example.org',
}
const keys = () => {
  let n = 0
  return () => `key-${++n}`
}

it('keeps the key while the outcome of the same order is unknown', () => {
  const newKey = keys()
  const first = attemptFor(null, request, newKey)
  expect(attemptFor(first, structuredClone(request), newKey).key).toBe(first.key)
})

it('takes a new key when the order changed', () => {
  const newKey = keys()
  const first = attemptFor(null, request, newKey)
  expect(attemptFor(first, { ...request, email: 'bob@example.org' }, newKey).key).not.toBe(first.key)
})

it('asks again for what may have been ordered at the price that was agreed to then, and at the new one after a clear answer', () => {
  const newKey = keys()
  const euros = (amount: number) => ({ amount, currency: 'EUR' })
  const first = attemptFor(null, { ...request, total: euros(1_450) }, newKey)
  const dearer = { ...request, total: euros(1_600) }
  expect(attemptFor(first, dearer, newKey)).toBe(first)
  const next = attemptFor(settle(first), dearer, newKey)
  expect(next.key).not.toBe(first.key)
  expect(next.request.total).toEqual(euros(1_600))
})

it('takes a new key after a clear answer, so that the same card may be tried again', () => {
  const newKey = keys()
  const first = settle(attemptFor(null, request, newKey))
  expect(attemptFor(first, request, newKey).key).not.toBe(first.key)
})

it.each([
  ['no answer', new NoAnswer('lost'), true],
  ['503', new ProblemAnswer(describeProblem('upstream-unavailable', 'en')), true],
  ['504', new ProblemAnswer(describeProblem('deadline-exceeded', 'en')), true],
  ['still in progress', new ProblemAnswer(describeProblem('request-in-progress', 'en')), true],
  ['declined', new ProblemAnswer(describeProblem('payment-declined', 'en')), false],
  ['sold out', new ProblemAnswer(describeProblem('sold-out', 'en')), false],
  ['another price', new ProblemAnswer(describeProblem('price-changed', 'en')), false],
])('after "%s" the outcome is unknown: %s', (_name, error, unknown) => {
  expect(outcomeIsUnknown(error)).toBe(unknown)
})
