/**
 * What may follow what in the life of an order. The table is the rule: every writer of a state asks it, and its test proves that each state
 * can be reached and left. `rejecting` and `cancelling` are states of their own because giving money and stock back takes time and must
 * survive a crash.
 */
import type { OrderState } from '@meshmart/contracts'

export const transitions: Readonly<Record<OrderState, readonly OrderState[]>> = {
  received: ['reserved', 'rejecting', 'cancelling'],
  reserved: ['authorised', 'rejecting', 'cancelling'],
  authorised: ['allocated', 'rejecting', 'cancelling'],
  allocated: ['confirmed', 'rejecting', 'cancelling'],
  // Straight to the end where its pieces have all come back, one return after the other.
  confirmed: ['cancelling', 'cancelled'],
  rejecting: ['rejected'],
  rejected: [],
  cancelling: ['cancelled'],
  cancelled: [],
}

export const initialOrderState: OrderState = 'received'

/** A writer asked for a transition that the table does not have: a defect of this service, never of a caller's input. */
export class IllegalTransition extends Error {
  override readonly name = 'IllegalTransition'
  constructor(from: OrderState, to: OrderState) {
    super(
      `an order cannot go from ${from} to ${to}; from ${from} it can go to: ${transitions[from].join(', ') || 'nothing'}`,
    )
  }
}

/** Throws IllegalTransition unless the table allows it. */
export function assertTransition(from: OrderState, to: OrderState): void {
  if (!transitions[from].includes(to)) throw new IllegalTransition(from, to)
}

/** On the way back: what was done is being undone. */
export const isUndoing = (state: OrderState): boolean => state === 'rejecting' || state === 'cancelling'

/** The customer may still change their mind here. */
export const canBeCancelled = (state: OrderState): boolean => transitions[state].includes('cancelling')
