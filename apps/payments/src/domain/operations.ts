/** Which operations a payment allows, and what the acquirer's answer to one changes: pure, so that every case is a row of a test. */
import type { Charge, ChargeOperation, DeclineReason, PaymentState, ProblemCode } from '@meshmart/contracts'
import { nextState, resultOf, type PaymentAction } from './payment-states.ts'

/** What others may ask for; `authorise` begins a payment, `inquire` asks what became of one by itself. */
export type Requested = 'capture' | 'void' | 'refund'
export type OperationKind = 'authorise' | Requested | 'inquire'

/** Money in minor units of the payment's one currency. `refunding` is asked for and not answered yet. */
export interface Standing {
  readonly state: PaymentState
  readonly amount: number
  readonly captured: number
  readonly refunded: number
  readonly refunding: number
}

export type Opening =
  | { readonly kind: 'open'; readonly amount: number }
  /** It is there already: nothing moves again. */
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly code: ProblemCode }

const refused = (code: ProblemCode): Opening => ({ kind: 'refused', code })

/** @param asked null is all that there is */
export function openingOf(payment: Standing, kind: Requested, asked: number | null): Opening {
  const { state, amount, captured, refunded, refunding } = payment
  if (kind === 'refund') {
    if (state === 'refunded' && asked === null) return { kind: 'done' }
    if (state !== 'captured' && state !== 'refunded') return refused('wrong-state')
    const left = captured - refunded - refunding
    if (asked === null && left === 0) return refused('request-in-progress')
    return (asked ?? left) > left ? refused('refund-exceeds-captured') : { kind: 'open', amount: asked ?? left }
  }
  if (state === resultOf[kind] && (asked === null || asked === captured)) return { kind: 'done' }
  if (!nextState(state, kind)) return refused('wrong-state')
  if (asked !== null && asked > amount) return refused('capture-exceeds-authorised')
  return { kind: 'open', amount: asked ?? amount }
}

export type AcquirerAnswer =
  | { readonly of: 'authorise'; readonly charge: Charge }
  | { readonly of: 'inquire'; readonly charge: Charge }
  | { readonly of: Requested; readonly operation: ChargeOperation }

export interface Effect {
  readonly outcome: 'done' | 'refused'
  readonly action: PaymentAction | null
  readonly declineReason: DeclineReason | null
  readonly captured: number
  readonly refunded: number
  readonly refunding: number
  /** Minor units that have moved. */
  readonly moved: { readonly kind: 'capture' | 'refund'; readonly amount: number } | null
}

/** What an answer to an operation of `amount` means for the payment as it stands. */
export function effectOf(payment: Standing, amount: number, answer: AcquirerAnswer): Effect {
  const stay: Effect = { ...amountsOf(payment), outcome: 'done', action: null, declineReason: null, moved: null }
  if (answer.of === 'authorise') {
    const { state, declineReason } = answer.charge
    return state === 'declined'
      ? { ...stay, outcome: 'refused', action: 'decline', declineReason }
      : { ...stay, action: 'authorise' }
  }
  if (answer.of === 'inquire') return { ...stay, action: expiry(payment, answer.charge) }
  const { outcome, charge } = answer.operation
  const refunding = answer.of === 'refund' ? payment.refunding - amount : payment.refunding
  if (outcome === 'refused') return { ...stay, outcome, refunding, action: expiry(payment, charge) }
  switch (answer.of) {
    case 'capture':
      return { ...stay, action: 'capture', captured: amount, moved: { kind: 'capture', amount } }
    case 'void':
      return { ...stay, action: 'void' }
    case 'refund': {
      const refunded = payment.refunded + amount
      const action = refunded === payment.captured ? 'refund' : null
      return { ...stay, refunding, refunded, action, moved: { kind: 'refund', amount } }
    }
  }
}

/** The one thing that the acquirer does by itself. */
const expiry = (payment: Standing, charge: Charge): PaymentAction | null =>
  payment.state === 'authorised' && charge.state === 'expired' ? 'expire' : null

const amountsOf = ({ captured, refunded, refunding }: Standing) => ({ captured, refunded, refunding })
