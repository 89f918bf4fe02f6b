/** What the rest of the shop hears of an order, through the outbox and in the transaction of the transition itself. */
import type { OrderState } from '@meshmart/contracts'
import type { Outbox, Transaction } from '@meshmart/service-kit'
import type { Checkout } from '../checkout/checkout.ts'
import type { OpenReturn } from '../domain/returns.ts'

/** Who bought, which the saga does not need to know. */
export interface Buyer {
  readonly customerId: string
  readonly email: string
}
interface Transition {
  readonly to: OrderState
  readonly cause: string
}

/** Only the ends are told: others act on them, and the customer has an e-mail about each. */
export const isTold = ({ to }: Transition): boolean => to === 'confirmed' || to === 'cancelled' || to === 'rejected'

export function appendOrderEvent(
  outbox: Outbox,
  tx: Transaction,
  { orderId, total, items }: Checkout,
  { customerId, email }: Buyer,
  { to, cause }: Transition,
): void {
  if (to === 'rejected')
    return outbox.append(tx, { type: 'order.rejected', subject: orderId, data: { orderId, customerId, email, cause } })
  const lines = items.map(({ sku, quantity }) => ({ sku, quantity }))
  const data = { orderId, customerId, total, email, lines }
  if (to === 'confirmed') outbox.append(tx, { type: 'order.confirmed', subject: orderId, data })
  else outbox.append(tx, { type: 'order.cancelled', subject: orderId, data: { ...data, cause } })
}

/** Told when the last step of a return is done, and by no state of the order. */
export function appendReturnEvent(
  outbox: Outbox,
  tx: Transaction,
  orderId: string,
  { id: returnId, refund, lines }: OpenReturn,
  { customerId, email }: Buyer,
): void {
  const pieces = lines.map(({ sku, quantity }) => ({ sku, quantity }))
  const data = { orderId, returnId, customerId, refund, email, lines: pieces }
  outbox.append(tx, { type: 'order.returned', subject: orderId, data })
}
