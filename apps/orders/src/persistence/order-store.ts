/** Orders as customers see them: placing, finding, listing. What moves an order on stands in checkout-store.ts. */
import { Database, empty, sql, type Sql } from '@meshmart/service-kit'
import { SHOP_CURRENCY, zeroMoney, type Money, type OrderRequest } from '@meshmart/contracts'
import { Injectable } from '@nestjs/common'
import type { Checkout } from '../checkout/checkout.ts'
import { firstStep } from '../checkout/steps.ts'
import { initialOrderState } from '../domain/order-state.ts'
import { LEASE_SECONDS, type Claim } from './claim.ts'
import { selectOrders, storedOrder, type StoredOrder } from './order-view.ts'

export interface NewOrder {
  readonly id: string
  readonly customerId: string
  readonly idempotencyKey: string
  readonly fingerprint: string
  /** The request without its card: a card number cannot get here. */
  readonly request: Omit<OrderRequest, 'payment' | 'total'>
  readonly agreed: Money | null
  readonly card: { token: string; brand: string; last4: string }
  readonly traceId: string
  readonly traceparent: string | null
}

/** An order that is new, with the claim on its saga where somebody works on it at once. */
export interface Placed {
  readonly id: string
  readonly claim: Claim | null
  readonly checkout: Checkout
}

/** Where a page of a customer's orders begins: after this order. */
export interface ListPosition {
  readonly createdAt: Date
  readonly id: string
}

@Injectable()
export class OrderStore {
  constructor(private readonly database: Database) {}

  /**
   * Stores an order and its saga by one statement: claimed by `worker` from the start, or for whoever comes to it where that is null. Answers null where the
   * customer's Idempotency-Key has an order already: of two requests at once, the second waits here for the first one's commit.
   */
  async place(order: NewOrder, worker: string | null): Promise<Placed | null> {
    const { id, request, agreed, card, traceparent } = order
    const { items, email, shippingAddress } = request
    const written = await this.database.execute`
      WITH placed AS (
        INSERT INTO orders (id, customer_id, idempotency_key, fingerprint, state, email, shipping_address, card_brand, card_last4,
                            total_amount, currency, trace_id)
        VALUES (${id}::uuid, ${order.customerId}, ${order.idempotencyKey}, ${order.fingerprint}, ${initialOrderState}, ${email},
                ${JSON.stringify(shippingAddress)}::jsonb, ${card.brand}, ${card.last4}, 0, ${SHOP_CURRENCY}, ${order.traceId})
        ON CONFLICT (customer_id, idempotency_key) DO NOTHING RETURNING id
      ), lines AS (
        INSERT INTO order_line (order_id, position, sku, quantity)
        SELECT placed.id, line.number - 1, line.sku, line.quantity
        FROM placed, unnest(${items.map(({ sku }) => sku)}::text[], ${items.map(({ quantity }) => quantity)}::int[])
             WITH ORDINALITY AS line(sku, quantity, number)
      ), history AS (
        INSERT INTO order_transition (order_id, sequence, state, cause) SELECT id, 0, ${initialOrderState}, 'checkout' FROM placed
      )
      INSERT INTO checkout (order_id, step, card_token, agreed_amount, agreed_currency, traceparent, claimed_by, lease_until, fence)
      SELECT id, ${firstStep}, ${card.token}, ${agreed?.amount ?? null}::bigint, ${agreed?.currency ?? null}, ${traceparent}, ${worker},
             CASE WHEN ${worker !== null}::boolean THEN clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}::float8) END,
             CASE WHEN ${worker !== null}::boolean THEN 1 ELSE 0 END
      FROM placed`
    if (written === 0) return null
    const checkout: Checkout = {
      orderId: id,
      items,
      state: initialOrderState,
      step: firstStep,
      attempts: 0,
      rejection: null,
      total: zeroMoney(),
      agreed,
      cardToken: card.token,
      reservationId: null,
      paymentId: null,
      returning: null,
    }
    return { id, claim: worker === null ? null : { orderId: id, fence: 1, worker, traceparent }, checkout }
  }

  async findByKey(customerId: string, idempotencyKey: string): Promise<StoredOrder | null> {
    const which = sql`WHERE o.customer_id = ${customerId} AND o.idempotency_key = ${idempotencyKey}`
    return (await this.#read(which))[0] ?? null
  }

  /** Null also where the order is another customer's. */
  async find(customerId: string, id: string): Promise<StoredOrder | null> {
    const which = sql`WHERE o.id = ${id}::uuid AND o.customer_id = ${customerId}`
    return (await this.#read(which))[0] ?? null
  }

  /** A customer's orders, newest first. */
  list(customerId: string, limit: number, after: ListPosition | null): Promise<StoredOrder[]> {
    const older =
      after === null ? empty : sql`AND (o.created_at, o.id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)`
    return this.#read(sql`
      WHERE o.customer_id = ${customerId} ${older} ORDER BY o.created_at DESC, o.id DESC LIMIT ${limit}::int`)
  }

  async #read(which: Sql): Promise<StoredOrder[]> {
    const rows = await this.database.query<unknown>(selectOrders(which))
    return rows.map(storedOrder)
  }
}
