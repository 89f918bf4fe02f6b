/** What the rest of the shop hears of an order, through the outbox and in the transaction of the transition itself. */
import type { OrderState } from '@meshmart/contracts'
import type { Outbox } from '@meshmart/service-kit'
import type { Prisma } from '../generated/prisma/client.ts'
import type { Checkout } from '../checkout/checkout.ts'

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

export async function appendOrderEvent(
  outbox: Outbox,
  tx: Prisma.TransactionClient,
  { orderId, total, items }: Checkout,
  { customerId, email }: Buyer,
  { to, cause }: Transition,
): Promise<void> {
  if (to === 'rejected')
    return outbox.append(tx, { type: 'order.rejected', subject: orderId, data: { orderId, customerId, email, cause } })
  const lines = items.map(({ sku, quantity }) => ({ sku, quantity }))
  const data = { orderId, customerId, total, email, lines }
  await (to === 'confirmed'
    ? outbox.append(tx, { type: 'order.confirmed', subject: orderId, data })
    : outbox.append(tx, { type: 'order.cancelled', subject: orderId, data: { ...data, cause } }))
}
