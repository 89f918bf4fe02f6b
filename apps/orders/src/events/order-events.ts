/** What the rest of the shop hears of an order, through the outbox and in the transaction of the transition itself. */
import type { OrderState } from '@meshmart/contracts'
import type { Outbox } from '@meshmart/service-kit'
import type { Prisma } from '../generated/prisma/client.ts'

/** Only the two ends that others act on are told. */
export async function appendOrderEvent(
  outbox: Outbox,
  tx: Prisma.TransactionClient,
  orderId: string,
  transition: { to: OrderState; cause: string },
): Promise<void> {
  if (transition.to !== 'confirmed' && transition.to !== 'cancelled') return
  const order = await tx.order.findUniqueOrThrow({
    where: { id: orderId },
    include: { lines: { orderBy: { position: 'asc' } } },
  })
  const data = {
    orderId,
    customerId: order.customerId,
    total: { amount: Number(order.totalAmount), currency: order.currency },
    email: order.email,
    lines: order.lines.map(({ sku, quantity }) => ({ sku, quantity })),
  }
  await (transition.to === 'confirmed'
    ? outbox.append(tx, { type: 'order.confirmed', subject: orderId, data })
    : outbox.append(tx, { type: 'order.cancelled', subject: orderId, data: { ...data, cause: transition.cause } }))
}
