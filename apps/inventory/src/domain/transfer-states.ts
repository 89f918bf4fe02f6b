/**
 * The life of a transfer order as one table, with what each step does to the stock. Goods leave the source for `transit` and leave `transit` for the
 * destination: at no moment are they nowhere.
 */
import type { TransferState } from '@meshmart/contracts'

export type TransferAction = 'ship' | 'receive' | 'cancel'

export interface TransferTransition {
  readonly from: TransferState
  readonly action: TransferAction
  readonly to: TransferState
  /** Where the goods leave and where they arrive; null where none move. */
  readonly moves: { readonly kind: 'shipped' | 'received'; readonly out: Place; readonly into: Place } | null
}
type Place = 'source' | 'transit' | 'destination'

export const initialTransferState: TransferState = 'requested'
export const finalTransferStates: readonly TransferState[] = ['received', 'cancelled']

export const transferTransitions: readonly TransferTransition[] = [
  {
    from: 'requested',
    action: 'ship',
    to: 'shipped',
    moves: { kind: 'shipped', out: 'source', into: 'transit' },
  },
  {
    from: 'shipped',
    action: 'receive',
    to: 'received',
    moves: { kind: 'received', out: 'transit', into: 'destination' },
  },
  { from: 'requested', action: 'cancel', to: 'cancelled', moves: null },
]

/** The transition that is due; `done` where the action has already had its effect; `forbidden` where the state does not allow it. */
export function decideTransfer(
  state: TransferState,
  action: TransferAction,
): TransferTransition | 'done' | 'forbidden' {
  const transition = transferTransitions.find((row) => row.from === state && row.action === action)
  if (transition) return transition
  return transferTransitions.some((row) => row.to === state && row.action === action) ? 'done' : 'forbidden'
}
