import { declineReasons } from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'
import { expect, it } from 'vitest'
import type { StoredOrder } from '../persistence/order-view.ts'
import { answerToPlacing } from './answers.ts'

const rejected = (rejection: StoredOrder['rejection']): StoredOrder => ({
  fingerprint: '',
  rejection,
  blamed: [],
  order: {
    id: '0198c0de-1111-7000-8000-00000abc12ef',
    state: 'rejected',
    lines: [],
    total: { amount: 0, currency: 'EUR' },
    returns: [],
    email: 'ada@example.com',
    shippingAddress: { name: 'Ada', line1: 'Elm Street 1', postalCode: '10115', city: 'Berlin', country: 'DE' },
    card: { brand: 'visa', last4: '0002' },
    rejection: null,
    history: [],
    traceId: '0'.repeat(32),
    createdAt: '2026-11-22T00:00:00.000Z',
    updatedAt: '2026-11-22T00:00:00.000Z',
  },
})
const problemOf = (stored: StoredOrder): unknown => {
  try {
    return answerToPlacing(stored, 1_000)
  } catch (error) {
    return error
  }
}

it.each(declineReasons)('names the field of the card that a decline for %s is about', (reason) => {
  const problem = problemOf(rejected(reason))
  expect(problem).toBeInstanceOf(ProblemException)
  const field = reason === 'card-expired' ? 'payment.card.expiry' : 'payment.card.number'
  expect(problem).toMatchObject({ code: 'payment-declined', detail: reason, errors: [{ field, code: reason }] })
})
