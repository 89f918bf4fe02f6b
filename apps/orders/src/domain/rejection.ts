/** Why an order was turned down, and how that is told: as a problem to who ordered, as a word in the history, as a field of the order. */
import { declineReasons, type DeclineReason, type Order } from '@meshmart/contracts'

export const rejections = [...declineReasons, 'payment-expired', 'sold-out', 'price-changed', 'unknown-sku'] as const
export type Rejection = (typeof rejections)[number]

/** A field of the request that is to blame; the shape of `ProblemException`'s errors. */
export interface RejectedField {
  field: string
  code: string
}

export const isDecline = (rejection: Rejection): rejection is DeclineReason =>
  declineReasons.some((reason) => reason === rejection)

/** The field of the request that a bank's no is about. */
export const cardFieldOf = (reason: DeclineReason): string =>
  reason === 'card-expired' ? 'payment.card.expiry' : 'payment.card.number'

/** The word in the order's history. */
export const causeOf = (rejection: Rejection): string => (isDecline(rejection) ? 'declined' : rejection)

/**
 * The public field names what the customer can understand; a product that never existed shows only as the history's cause, and to whose card it was no use that the
 * acquirer once said yes, it has said no.
 */
export function publicRejection(rejection: Rejection | null): Order['rejection'] {
  if (rejection === 'unknown-sku') return null
  return rejection === 'payment-expired' ? 'card-declined' : rejection
}

/** Inventory blames `lines.N`; the customer sent `items.N`. */
export function blameItems(rejection: 'sold-out' | 'unknown-sku', errors: readonly RejectedField[]): RejectedField[] {
  const part = rejection === 'sold-out' ? 'quantity' : 'sku'
  return errors.flatMap(({ field }) => {
    const line = /^lines\.(\d+)/.exec(field)?.[1]
    return line === undefined ? [] : [{ field: `items.${line}.${part}`, code: rejection }]
  })
}
