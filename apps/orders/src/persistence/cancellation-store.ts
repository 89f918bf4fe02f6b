/** Turns an order round: from then on its saga undoes. */
import { Database } from '@meshmart/service-kit'
import { OrderState } from '@meshmart/contracts'
import { Injectable } from '@nestjs/common'
import { canBeCancelled } from '../domain/order-state.ts'
import { recordTransition } from './transition.ts'

@Injectable()
export class CancellationStore {
  constructor(private readonly database: Database) {}

  /**
   * Idempotent: `cancelling` whether this call or an earlier one asked for it. A step under way ends first; its effect is undone after it.
   * @param staff who of the staff asks in the customer's place, null for the customer
   */
  async request(
    customerId: string,
    orderId: string,
    staff: string | null,
  ): Promise<'cancelling' | 'not-found' | 'wrong-state'> {
    return this.database.transaction(async (tx) => {
      const rows = await tx.query<{ state: string }>`
        SELECT state FROM orders WHERE id = ${orderId}::uuid AND customer_id = ${customerId} FOR UPDATE`
      if (rows[0] === undefined) return 'not-found'
      const state = OrderState.parse(rows[0].state)
      if (state === 'cancelling' || state === 'cancelled') return 'cancelling'
      if (!canBeCancelled(state)) return 'wrong-state'
      if (staff !== null)
        await tx.execute`INSERT INTO staff_action (order_id, action, actor) VALUES (${orderId}::uuid, 'cancel', ${staff})`
      await recordTransition(tx, orderId, {
        from: state,
        to: 'cancelling',
        cause: staff === null ? 'customer' : 'staff',
      })
      await tx.execute`
        UPDATE checkout SET finished_at = NULL, attempts = 0, due_at = clock_timestamp() WHERE order_id = ${orderId}::uuid`
      await tx.execute`SELECT pg_notify('checkout_due', ${orderId})`
      return 'cancelling'
    })
  }
}
