/** The rows of a cart. All changes of one cart stand in a queue, so that two tabs, a sign-in and an event cannot mix two contents into one. */
import type { CartItem } from '@meshmart/contracts'
import { CLOCK, type Clock, Database, ProblemException, type Transaction } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { entityTagOf, holds, type Precondition } from '../domain/entity-tag.ts'

@Injectable()
export class CartLines {
  constructor(
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** In the order in which they were put in. */
  async read(customer: string, tx: Transaction = this.database): Promise<CartItem[]> {
    const rows = await tx.cartLine.findMany({ where: { customerId: customer }, orderBy: { position: 'asc' } })
    return rows.map(({ sku, quantity }) => ({ sku, quantity }))
  }

  /** @throws ProblemException `precondition-failed` */
  async replace(customer: string, items: readonly CartItem[], precondition?: Precondition): Promise<void> {
    await this.database.transaction((tx) =>
      this.change(tx, customer, async (present) => {
        if (!holds(precondition, entityTagOf(present))) throw new ProblemException('precondition-failed')
        return items
      }),
    )
  }

  /** @param next gets the present content and answers the new one */
  async change(
    tx: Transaction,
    customer: string,
    next: (items: CartItem[]) => Promise<readonly CartItem[]>,
  ): Promise<void> {
    await this.queue(tx, customer)
    const items = await next(await this.read(customer, tx))
    await tx.cartLine.deleteMany({ where: { customerId: customer } })
    const updatedAt = this.clock.now()
    await tx.cartLine.createMany({
      data: items.map(({ sku, quantity }, position) => ({ customerId: customer, sku, quantity, position, updatedAt })),
    })
  }

  /** Takes out what was bought and leaves what was put in meanwhile. One statement; the caller stands in the queue of this cart. */
  async takeOut(tx: Transaction, customer: string, bought: readonly CartItem[]): Promise<void> {
    const skus = bought.map(({ sku }) => sku)
    const quantities = bought.map(({ quantity }) => quantity)
    await tx.execute`
      WITH "bought" AS (
        SELECT "sku", sum("quantity") AS "quantity"
        FROM unnest(${skus}::text[], ${quantities}::int[]) AS "line" ("sku", "quantity") GROUP BY "sku"
      ), "gone" AS (
        DELETE FROM "cart_line" AS "line" USING "bought"
        WHERE "line"."customer_id" = ${customer} AND "line"."sku" = "bought"."sku" AND "line"."quantity" <= "bought"."quantity"
      )
      UPDATE "cart_line" AS "line"
      SET "quantity" = "line"."quantity" - "bought"."quantity", "updated_at" = ${this.clock.now()}
      FROM "bought"
      WHERE "line"."customer_id" = ${customer} AND "line"."sku" = "bought"."sku" AND "line"."quantity" > "bought"."quantity"`
  }

  /** Waits until nobody else changes this cart, up to the end of the transaction. Who needs two queues for the guest's first, then for the account's. */
  async queue(tx: Transaction, customer: string): Promise<void> {
    await tx.execute`SELECT pg_advisory_xact_lock(hashtextextended(${customer}, 0))`
  }

  /** Empties a cart and answers what was in it. */
  async take(tx: Transaction, customer: string): Promise<CartItem[]> {
    await this.queue(tx, customer)
    const items = await this.read(customer, tx)
    await tx.cartLine.deleteMany({ where: { customerId: customer } })
    return items
  }
}
