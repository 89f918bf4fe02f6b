/** Finds the words for why an order failed, whether the shop said so at once (a problem) or later (a rejected order). */
import type { Order, Problem } from '@meshmart/contracts'
import type { Texts } from '../texts/en.ts'

export type RejectionReason = keyof Texts['order']['rejection']

export const reasonOfOrder = (order: Pick<Order, 'rejection'>): RejectionReason => order.rejection ?? 'unknown'

/** The reason behind a problem of `POST /orders`; null where the problem is of another kind. */
export function reasonOfProblem({ code, detail }: Problem): RejectionReason | null {
  if (code === 'sold-out' || code === 'card-expired') return code
  if (code === 'payment-declined')
    return detail?.includes('insufficient-funds') ? 'insufficient-funds' : 'card-declined'
  return null
}

/** The order that a problem is about, from its `instance` (RFC 9457); null where it names none. */
export const orderOfProblem = ({ instance }: Problem): string | null =>
  /\/orders\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/.exec(instance ?? '')?.[1] ?? null
