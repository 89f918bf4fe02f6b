/** Finds the words for why an order failed, whether the shop said so at once (a problem) or later (a rejected order). */
import type { Order, Problem } from '@meshmart/contracts'
import type { Texts } from '../texts/en.ts'

export type RejectionReason = keyof Texts['order']['rejection']

/** A product that has vanished is told by the history alone. */
export function reasonOfOrder({ rejection, history }: Pick<Order, 'rejection' | 'history'>): RejectionReason {
  return rejection ?? (history.some(({ cause }) => cause === 'unknown-sku') ? 'unknown-sku' : 'unknown')
}

/** The reason behind a problem of `POST /orders`; null where the problem is of another kind. */
export function reasonOfProblem({ code, detail }: Problem): RejectionReason | null {
  if (code === 'sold-out' || code === 'price-changed' || code === 'unknown-sku' || code === 'card-expired') return code
  if (code === 'payment-declined')
    return detail?.includes('insufficient-funds') ? 'insufficient-funds' : 'card-declined'
  return null
}
