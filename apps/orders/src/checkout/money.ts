/** The two steps that move money. What payments calls `pending` is asked for again until it is known; nothing here guesses. */
import type { PaymentIntent, PaymentState } from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'
import type { Rejection } from '../domain/rejection.ts'
import type { Checkout, Outcome } from './checkout.ts'
import type { Partners } from './partners.ts'

type Reading = 'done' | 'unclear' | 'refused' | 'again'

/** How each state of a payment answers the question "is it authorised?" … */
const whenAuthorising: Record<PaymentState, Reading> = {
  pending: 'unclear',
  authorised: 'done',
  captured: 'done',
  declined: 'refused',
  voided: 'refused',
  refunded: 'refused',
  // Nobody captured it in time: the acquirer has let the money go.
  expired: 'refused',
}
/** … and "is it captured?". `again`: the acquirer is known not to have done it, so ask once more. */
const whenCapturing: Record<PaymentState, Reading> = { ...whenAuthorising, authorised: 'again' }

export async function authorisePayment(partners: Partners, checkout: Checkout, timeoutMs: number): Promise<Outcome> {
  return read(whenAuthorising, await presentIntent(partners, checkout, timeoutMs))
}

export async function capturePayment(partners: Partners, checkout: Checkout, timeoutMs: number): Promise<Outcome> {
  if (checkout.paymentId === null) throw new Error(`order ${checkout.orderId} is allocated without a payment`)
  const { payments } = partners
  // After an attempt that settled nothing, payments may know more than it did: look before asking again.
  if (checkout.attempts > 0) {
    const seen = read(whenCapturing, await payments.find(checkout.paymentId, timeoutMs))
    if (seen.kind !== 'failed') return seen
  }
  try {
    return read(whenCapturing, await payments.capture(checkout.paymentId, checkout.orderId, timeoutMs))
  } catch (error) {
    if (!(error instanceof ProblemException) || error.code !== 'wrong-state') throw error
    return read(whenCapturing, await payments.find(checkout.paymentId, timeoutMs))
  }
}

/** The order's payment as payments knows it; makes it where it is not known to exist. */
export function presentIntent({ payments }: Partners, checkout: Checkout, timeoutMs: number): Promise<PaymentIntent> {
  return checkout.paymentId === null
    ? payments.authorise({ orderId: checkout.orderId, amount: checkout.total, token: checkout.cardToken }, timeoutMs)
    : payments.find(checkout.paymentId, timeoutMs)
}

function read(readings: Record<PaymentState, Reading>, intent: PaymentIntent): Outcome {
  const facts = { paymentId: intent.id }
  switch (readings[intent.state]) {
    case 'done':
      return { kind: 'done', facts }
    case 'unclear':
      return { kind: 'unclear', facts }
    case 'again':
      return { kind: 'failed', reason: `payment ${intent.id} is still ${intent.state}` }
    case 'refused':
      return { kind: 'refused', rejection: rejectionOf(intent), fields: [], facts }
  }
}

const rejectionOf = ({ state, declineReason }: PaymentIntent): Rejection =>
  state === 'expired' ? 'payment-expired' : (declineReason ?? 'card-declined')
