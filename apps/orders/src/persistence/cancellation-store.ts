/** Turns an order round: from then on its saga undoes. */
import { OrderState } from '@meshmart/contracts'
import { Injectable } from '@nestjs/common'
import { PrismaClient } from '../generated/prisma/client.ts'
import { canBeCancelled } from '../domain/order-state.ts'
import { recordTransition } from './transition.ts'

@Injectable()
export class CancellationStore {
  constructor(private readonly prisma: PrismaClient) {}

  /**
   * Idempotent: `cancelling` whether this call or an earlier one asked for it. A step under way ends first; its effect is undone after it.
   * @param staff who of the staff asks in the customer's place, null for the customer
   */
  async request(
    customerId: string,
    orderId: string,
    staff: string | null,
  ): Promise<'cancelling' | 'not-found' | 'wrong-state'> {
    return this.prisma.$transaction(async (tx) => {
      const rows = await tx.$queryRaw<{ state: string }[]>`
        SELECT state FROM orders WHERE id = ${orderId}::uuid AND customer_id = ${customerId} FOR UPDATE`
      if (rows[0] === undefined) return 'not-found'
      const state = OrderState.parse(rows[0].state)
      if (state === 'cancelling' || state === 'cancelled') return 'cancelling'
      if (!canBeCancelled(state)) return 'wrong-state'
      if (staff !== null)
        await tx.$executeRaw`INSERT INTO staff_action (order_id, action, actor) VALUES (${orderId}::uuid, 'cancel', ${staff})`
      await recordTransition(tx, orderId, {
        from: state,
        to: 'cancelling',
        cause: staff === null ? 'customer' : 'staff',
      })
      await tx.$executeRaw`
        UPDATE checkout SET finished_at = NULL, attempts = 0, due_at = clock_timestamp() WHERE order_id = ${orderId}::uuid`
      await tx.$executeRaw`SELECT pg_notify('checkout_due', ${orderId})`
      return 'cancelling'
    })
  }
}
