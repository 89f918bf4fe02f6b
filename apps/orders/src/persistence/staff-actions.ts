/** What staff ask for, written down with who asked, in the transaction that does it. */
import { Database } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'

@Injectable()
export class StaffActions {
  constructor(private readonly database: Database) {}

  /**
   * Makes the saga's present step due now, whatever its back-off says. One that is being worked on is left to its replica.
   * @returns `wrong-state` where nothing is due
   */
  async retry(orderId: string, actor: string): Promise<'due' | 'not-found' | 'wrong-state'> {
    const [row] = await this.database.query<{ open: boolean }>`
      WITH found AS (
        SELECT order_id, finished_at IS NULL AS open FROM checkout WHERE order_id = ${orderId}::uuid FOR UPDATE
      ), due AS (
        UPDATE checkout SET due_at = clock_timestamp() FROM found WHERE checkout.order_id = found.order_id AND found.open
        RETURNING checkout.order_id
      ), noted AS (
        INSERT INTO staff_action (order_id, action, actor) SELECT order_id, 'retry', ${actor} FROM due RETURNING order_id
      )
      SELECT open, (SELECT count(pg_notify('checkout_due', order_id::text)) FROM noted) FROM found`
    if (row === undefined) return 'not-found'
    return row.open ? 'due' : 'wrong-state'
  }
}
