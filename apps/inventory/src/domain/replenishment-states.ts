/** The life of an order to a supplier as one table; only its arrival touches the stock. */
import type { ReplenishmentState } from '@meshmart/contracts'

export type ReplenishmentAction = 'arrive' | 'cancel'

export const initialReplenishmentState: ReplenishmentState = 'ordered'

export const replenishmentTransitions = [
  { from: 'ordered', action: 'arrive', to: 'arrived', restocks: true },
  { from: 'ordered', action: 'cancel', to: 'cancelled', restocks: false },
] as const satisfies readonly {
  from: ReplenishmentState
  action: ReplenishmentAction
  to: ReplenishmentState
  restocks: boolean
}[]
export type ReplenishmentTransition = (typeof replenishmentTransitions)[number]

/** The transition that is due; `done` where the action has already had its effect; `forbidden` where the state does not allow it. */
export function decideReplenishment(
  state: ReplenishmentState,
  action: ReplenishmentAction,
): ReplenishmentTransition | 'done' | 'forbidden' {
  const transition = replenishmentTransitions.find((row) => row.from === state && row.action === action)
  if (transition) return transition
  return replenishmentTransitions.some((row) => row.to === state && row.action === action) ? 'done' : 'forbidden'
}
