/** The one way by which the state of an order changes: checked against the table, and written down with its cause in the same statement. */
import { type Transaction } from '@meshmart/service-kit'
import type { OrderState } from '@meshmart/contracts'
import { assertTransition } from '../domain/order-state.ts'

/** The caller holds the lock of the order's row, and read `from` under it. Throws IllegalTransition. */
export async function recordTransition(
  tx: Transaction,
  orderId: string,
  { from, to, cause }: { from: OrderState; to: OrderState; cause: string },
): Promise<void> {
  assertTransition(from, to)
  await tx.execute`
    WITH changed AS (
      UPDATE orders SET state = ${to}, updated_at = clock_timestamp() WHERE id = ${orderId}::uuid RETURNING id, updated_at
    )
    INSERT INTO order_transition (order_id, sequence, state, cause, at)
    SELECT id, (SELECT max(sequence) + 1 FROM order_transition WHERE order_id = id), ${to}, ${cause}, updated_at FROM changed`
}

/** Something happened to the order that leaves it in its state: a line of its history all the same. The caller holds the lock of the order's row. */
export async function recordRemark(tx: Transaction, orderId: string, cause: string): Promise<void> {
  await tx.execute`
    WITH changed AS (
      UPDATE orders SET updated_at = clock_timestamp() WHERE id = ${orderId}::uuid RETURNING id, state, updated_at
    )
    INSERT INTO order_transition (order_id, sequence, state, cause, at)
    SELECT id, (SELECT max(sequence) + 1 FROM order_transition WHERE order_id = id), state, ${cause}, updated_at FROM changed`
}
