/**
 * The life of a reservation as one table. Every row also says what it does to the stock, so that no use case keeps rules of its own.
 *
 * A late confirm (`expired → confirmed`) is allowed while there is still enough to sell: the customer has been told that the card works, and a
 * checkout that took longer than the hold should fail only where somebody else bought the goods meanwhile. A late release closes that door.
 */
import type { ReservationState } from '@meshmart/contracts'

export type ReservationAction = 'confirm' | 'release' | 'expire' | 'return'

/** Factors for a line's quantity: what a transition adds to what is on hand (by a movement) and to what is held. */
export interface StockEffect {
  readonly onHand: -1 | 0 | 1
  readonly held: -1 | 0
}

export interface ReservationTransition {
  readonly from: ReservationState
  readonly action: ReservationAction
  readonly to: ReservationState
  readonly effect: StockEffect
}

export const initialReservationState: ReservationState = 'held'
/** Nothing leads out of these. */
export const finalReservationStates: readonly ReservationState[] = ['released', 'returned']

export const reservationTransitions: readonly ReservationTransition[] = [
  { from: 'held', action: 'confirm', to: 'confirmed', effect: { onHand: -1, held: -1 } },
  { from: 'held', action: 'release', to: 'released', effect: { onHand: 0, held: -1 } },
  { from: 'held', action: 'expire', to: 'expired', effect: { onHand: 0, held: -1 } },
  { from: 'expired', action: 'confirm', to: 'confirmed', effect: { onHand: -1, held: 0 } },
  { from: 'expired', action: 'release', to: 'released', effect: { onHand: 0, held: 0 } },
  { from: 'confirmed', action: 'return', to: 'returned', effect: { onHand: 1, held: 0 } },
]

/** The transition that is due; `done` where the action has already had its effect; `forbidden` where the state does not allow it. */
export function decideTransition(
  state: ReservationState,
  action: ReservationAction,
): ReservationTransition | 'done' | 'forbidden' {
  const transition = reservationTransitions.find((row) => row.from === state && row.action === action)
  if (transition) return transition
  return reservationTransitions.some((row) => row.to === state && row.action === action) ? 'done' : 'forbidden'
}

/** What a transition adds to what can still be sold, for each piece of a line. */
export const availableFactor = ({ onHand, held }: StockEffect): number => onHand - held
