/** Orders as customers see them: placing, finding, listing. What moves an order on stands in checkout-store.ts. */
import { SHOP_CURRENCY, type OrderRequest } from '@meshmart/contracts'
import { Injectable } from '@nestjs/common'
import { Prisma, PrismaClient } from '../generated/prisma/client.ts'
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
  readonly request: Omit<OrderRequest, 'payment'>
  readonly card: { token: string; brand: string; last4: string }
  readonly traceId: string
  readonly traceparent: string | null
}

/** Where a page of a customer's orders begins: after this order. */
export interface ListPosition {
  readonly createdAt: Date
  readonly id: string
}

@Injectable()
export class OrderStore {
  constructor(private readonly prisma: PrismaClient) {}

  /**
   * Stores an order and its saga, claimed by `worker` from the start, in one transaction. Null where the customer's Idempotency-Key has an order
   * already: of two requests at once, the second waits here for the first one's commit.
   */
  async place(order: NewOrder, worker: string): Promise<Claim | null> {
    const { id, request, card, traceparent } = order
    return this.prisma.$transaction(async (tx) => {
      const { count } = await tx.order.createMany({
        data: [
          {
            id,
            customerId: order.customerId,
            idempotencyKey: order.idempotencyKey,
            fingerprint: order.fingerprint,
            state: initialOrderState,
            email: request.email,
            shippingAddress: request.shippingAddress,
            cardBrand: card.brand,
            cardLast4: card.last4,
            totalAmount: 0,
            currency: SHOP_CURRENCY,
            traceId: order.traceId,
          },
        ],
        skipDuplicates: true,
      })
      if (count === 0) return null
      await tx.orderLine.createMany({
        data: request.items.map(({ sku, quantity }, position) => ({ orderId: id, position, sku, quantity })),
      })
      await tx.orderTransition.createMany({
        data: [{ orderId: id, sequence: 0, state: initialOrderState, cause: 'checkout' }],
      })
      await tx.$executeRaw`
        INSERT INTO checkout (order_id, step, card_token, traceparent, claimed_by, lease_until, fence)
        VALUES (${id}::uuid, ${firstStep}, ${card.token}, ${traceparent}, ${worker},
                clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}::float8), 1)`
      return { orderId: id, fence: 1, worker, traceparent }
    })
  }

  async findByKey(customerId: string, idempotencyKey: string): Promise<StoredOrder | null> {
    const which = Prisma.sql`WHERE o.customer_id = ${customerId} AND o.idempotency_key = ${idempotencyKey}`
    return (await this.#read(which))[0] ?? null
  }

  /** Null also where the order is another customer's. */
  async find(customerId: string, id: string): Promise<StoredOrder | null> {
    const which = Prisma.sql`WHERE o.id = ${id}::uuid AND o.customer_id = ${customerId}`
    return (await this.#read(which))[0] ?? null
  }

  /** A customer's orders, newest first. */
  list(customerId: string, limit: number, after: ListPosition | null): Promise<StoredOrder[]> {
    const older =
      after === null
        ? Prisma.empty
        : Prisma.sql`AND (o.created_at, o.id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)`
    return this.#read(Prisma.sql`
      WHERE o.customer_id = ${customerId} ${older} ORDER BY o.created_at DESC, o.id DESC LIMIT ${limit}::int`)
  }

  async #read(which: Prisma.Sql): Promise<StoredOrder[]> {
    const rows = await this.prisma.$queryRaw<unknown[]>(selectOrders(which))
    return rows.map(storedOrder)
  }
}
