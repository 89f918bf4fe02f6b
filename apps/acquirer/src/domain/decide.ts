/** What the acquirer says to a charge and to an operation on one: pure, so that every case is a row of a test. */
import { cardHasExpired, type Charge, type ChargeOperationKind, type DeclineReason } from '@meshmart/contracts'
import type { Behaviour } from './test-card-behaviour.ts'

export interface KeptCard {
  readonly behaviour: Behaviour
  readonly expiry: string
}

/** Null is a yes. @param declineAbove minor units, 0 for no limit */
export function declineReasonOf(card: KeptCard, amount: number, declineAbove: number, now: Date): DeclineReason | null {
  if (card.behaviour === 'decline') return 'card-declined'
  if (card.behaviour === 'insufficient-funds') return 'insufficient-funds'
  if (cardHasExpired(card.expiry, now)) return 'card-expired'
  return declineAbove > 0 && amount > declineAbove ? 'insufficient-funds' : null
}

/** What of a charge an operation changes; null where it is refused. */
export type Change = Partial<Pick<ChargeBook, 'state' | 'captured' | 'refunded'>>

export interface ChargeBook {
  readonly state: Charge['state']
  readonly amount: number
  readonly captured: number
  readonly refunded: number
  readonly expiresAt: Date
}

/** A hold is captured once, whole or in part; what was captured is refunded in as many parts as one likes. A hold past its time is as good as gone. */
export function changeOf(charge: ChargeBook, kind: ChargeOperationKind, amount: number, now: Date): Change | null {
  const isHeld = charge.state === 'authorised' && charge.expiresAt > now
  switch (kind) {
    case 'capture':
      return isHeld && amount <= charge.amount ? { state: 'captured', captured: amount } : null
    case 'void':
      return isHeld ? { state: 'voided' } : null
    case 'refund':
      return amount <= charge.captured - charge.refunded ? { refunded: charge.refunded + amount } : null
  }
}
