/** What may follow what in the life of a payment. The table is the rule: code asks it, and a test walks it. Refunds of a part change no state. */
import type { PaymentState } from '@meshmart/contracts'

/** What happens to a payment. */
export type PaymentAction = 'authorise' | 'decline' | 'capture' | 'void' | 'refund' | 'expire'

export const firstState: PaymentState = 'pending'

export const paymentStates: Readonly<Record<PaymentState, Readonly<Partial<Record<PaymentAction, PaymentState>>>>> = {
  // The acquirer has been asked, or is about to be; only its answer leads on.
  pending: { authorise: 'authorised', decline: 'declined' },
  authorised: { capture: 'captured', void: 'voided', expire: 'expired' },
  captured: { refund: 'refunded' },
  declined: {},
  voided: {},
  refunded: {},
  expired: {},
}

/** The state that an action leads to, or undefined where it is not possible. */
export const nextState = (state: PaymentState, action: PaymentAction): PaymentState | undefined =>
  paymentStates[state][action]

/** The state that an action leads to from wherever it is possible. */
export const resultOf: Readonly<Record<PaymentAction, PaymentState>> = {
  authorise: 'authorised',
  decline: 'declined',
  capture: 'captured',
  void: 'voided',
  refund: 'refunded',
  expire: 'expired',
}
