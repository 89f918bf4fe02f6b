/**
 * Tells whether a second request under the same Idempotency-Key asks for the same thing. The card counts by its last four digits and its
 * expiry only: a hash of a whole card number can be reversed by trying all numbers, so none is ever made.
 */
import { createHash } from 'node:crypto'
import type { OrderRequest } from '@meshmart/contracts'

/** SHA-256, hexadecimal, over what the order asks for. Independent of the order of fields; dependent on the order of items. */
export function fingerprintOf(request: OrderRequest): string {
  const { number, expiry } = request.payment.card
  const { name, line1, line2, postalCode, city, country } = request.shippingAddress
  const { total } = request
  const asked = [
    request.items.map(({ sku, quantity }) => [sku, quantity]),
    [number.slice(-4), expiry],
    [name, line1, line2 ?? null, postalCode, city, country],
    request.email,
    // Nothing where nothing was agreed: such an order has the fingerprint that it had before there was an agreement.
    ...(total === undefined ? [] : [[total.amount, total.currency]]),
  ]
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex')
}
