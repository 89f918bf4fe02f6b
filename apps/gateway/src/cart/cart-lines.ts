/** The rows of a cart. All changes of one cart stand in a queue, so that two tabs, a sign-in and an event cannot mix two contents into one. */
import type { CartItem } from '@meshmart/contracts'
import { CLOCK, type Clock, Database, ProblemException, type Queryable, type Transaction } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { entityTagOf, holds, type Precondition } from '../domain/entity-tag.ts'

@Injectable()
export class CartLines {
  constructor(
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** In the order in which they were put in. */
  read(customer: string, tx: Queryable = this.database): Promise<CartItem[]> {
    return tx.query<CartItem>`
      SELECT "sku", "quantity" FROM "cart_line" WHERE "customer_id" = ${customer} ORDER BY "position"`
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
    const skus = items.map(({ sku }) => sku)
    const quantities = items.map(({ quantity }) => quantity)
    await tx.execute`
      WITH "gone" AS (
        DELETE FROM "cart_line" WHERE "customer_id" = ${customer} AND "sku" <> ALL(${skus}::text[])
      )
      INSERT INTO "cart_line" ("customer_id", "sku", "quantity", "position", "updated_at")
      SELECT ${customer}, "sku", "quantity", "position", ${this.clock.now()}::timestamptz
      FROM unnest(${skus}::text[], ${quantities}::int[]) WITH ORDINALITY AS "line" ("sku", "quantity", "position")
      ON CONFLICT ("customer_id", "sku") DO UPDATE SET
        "quantity" = excluded."quantity", "position" = excluded."position", "updated_at" = excluded."updated_at"`
  }

  /** Waits until nobody else changes this cart, up to the end of the transaction. Who needs two queues for the guest's first, then for the account's. */
  async queue(tx: Transaction, customer: string): Promise<void> {
    await tx.execute`SELECT pg_advisory_xact_lock(hashtextextended(${customer}, 0))`
  }

  /** Empties a cart and answers what was in it. */
  async take(tx: Transaction, customer: string): Promise<CartItem[]> {
    await this.queue(tx, customer)
    return tx.query<CartItem>`
      WITH "gone" AS (DELETE FROM "cart_line" WHERE "customer_id" = ${customer} RETURNING "sku", "quantity", "position")
      SELECT "sku", "quantity" FROM "gone" ORDER BY "position"`
  }
}
