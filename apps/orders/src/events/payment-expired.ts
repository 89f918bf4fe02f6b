/**
 * The acquirer has let an order's money go. Capturing would find that out too, but an order that waits for something else would keep its customer waiting for nothing:
 * it is turned round now. The inbox commits that together with the fact that the event was handled.
 */
import { OrderState } from '@meshmart/contracts'
import { type EventOf, Inbox, Log, type Transaction } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { transitions } from '../domain/order-state.ts'
import { causeOf } from '../domain/rejection.ts'
import { recordTransition } from '../persistence/transition.ts'

const rejection = 'payment-expired'

@Injectable()
export class PaymentExpiredHandler {
  constructor(
    inbox: Inbox,
    private readonly log: Log,
  ) {
    inbox.on('payment.expired', (tx: Transaction, event) => this.handle(tx, event))
  }

  /** A step under way ends first; its effect is undone after it. What is being undone already, or has ended, stays as it is. */
  async handle(tx: Transaction, { data }: Pick<EventOf<'payment.expired'>, 'data'>): Promise<void> {
    const { orderId } = data
    const rows = await tx.query<{ state: string }>`SELECT state FROM orders WHERE id = ${orderId}::uuid FOR UPDATE`
    if (rows[0] === undefined) {
      this.log.warn('a payment of no order of ours has expired', { orderId })
      return
    }
    const state = OrderState.parse(rows[0].state)
    if (!transitions[state].includes('rejecting')) return
    await tx.execute`UPDATE orders SET rejection = ${rejection} WHERE id = ${orderId}::uuid`
    await recordTransition(tx, orderId, { from: state, to: 'rejecting', cause: causeOf(rejection) })
    await tx.execute`
      UPDATE checkout SET attempts = 0, due_at = clock_timestamp() WHERE order_id = ${orderId}::uuid`
    await tx.execute`SELECT pg_notify('checkout_due', ${orderId})`
  }
}
