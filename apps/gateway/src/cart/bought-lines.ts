/**
 * What was bought leaves the cart, and what was put in meanwhile stays. A guest who has signed in since took the cart along, and may be doing so right now: whoever
 * is first in the queue of the guest's cart decides where it is.
 */
import type { CartItem } from '@meshmart/contracts'
import { CLOCK, type Clock, type Transaction } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { accountCustomer, guestIdOf } from '../domain/customer.ts'
import { CartLines } from './cart-lines.ts'

@Injectable()
export class BoughtLines {
  constructor(
    private readonly cartLines: CartLines,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The caller's transaction stands in the queue of the cart from then on, unless there was nothing to take out. */
  async takeOut(tx: Transaction, customer: string, bought: readonly CartItem[]): Promise<void> {
    if (!(await this.#queueIfInCart(tx, customer, bought))) return
    const accountId = await this.#takeOutUnlessTaken(tx, customer, bought)
    if (accountId === null) return
    const account = accountCustomer(accountId)
    await this.cartLines.queue(tx, account)
    await this.#takeOutUnlessTaken(tx, account, bought)
  }

  /**
   * Whoever buys by the API alone has nothing in a cart. To see that needs no queue: whatever is being put in at this moment comes after what was bought.
   * @returns whether there may be something to take out, here or where the guest took it; then the transaction is first in the queue
   */
  async #queueIfInCart(tx: Transaction, customer: string, bought: readonly CartItem[]): Promise<boolean> {
    const skus = bought.map(({ sku }) => sku)
    const queued = await tx.execute`
      SELECT pg_advisory_xact_lock(hashtextextended(${customer}, 0))
      WHERE EXISTS (SELECT FROM "cart_line" WHERE "customer_id" = ${customer} AND "sku" = ANY(${skus}::text[]))
        OR EXISTS (SELECT FROM "guest_claim" WHERE "guest_id" = ${guestIdOf(customer)}::uuid)`
    return queued > 0
  }

  /** One statement. @returns the account that has taken along the cart of this guest; then nothing was taken out here */
  async #takeOutUnlessTaken(tx: Transaction, customer: string, bought: readonly CartItem[]): Promise<string | null> {
    const skus = bought.map(({ sku }) => sku)
    const quantities = bought.map(({ quantity }) => quantity)
    const [claim] = await tx.query<{ accountId: string }>`
      WITH "claim" AS (
        SELECT "account_id" FROM "guest_claim" WHERE "guest_id" = ${guestIdOf(customer)}::uuid
      ), "bought" AS (
        SELECT "sku", sum("quantity") AS "quantity"
        FROM unnest(${skus}::text[], ${quantities}::int[]) AS "line" ("sku", "quantity")
        WHERE NOT EXISTS (SELECT FROM "claim") GROUP BY "sku"
      ), "gone" AS (
        DELETE FROM "cart_line" AS "line" USING "bought"
        WHERE "line"."customer_id" = ${customer} AND "line"."sku" = "bought"."sku" AND "line"."quantity" <= "bought"."quantity"
      ), "left" AS (
        UPDATE "cart_line" AS "line"
        SET "quantity" = "line"."quantity" - "bought"."quantity", "updated_at" = ${this.clock.now()}
        FROM "bought"
        WHERE "line"."customer_id" = ${customer} AND "line"."sku" = "bought"."sku" AND "line"."quantity" > "bought"."quantity"
      )
      SELECT "account_id" AS "accountId" FROM "claim"`
    return claim?.accountId ?? null
  }
}
