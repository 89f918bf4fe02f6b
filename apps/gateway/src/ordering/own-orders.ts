/** The orders of whoever asks: those of the account, and those that its owner placed as a guest before signing in. */
import type { Order, OrderList } from '@meshmart/contracts'
import { type Answered, Database, ProblemException } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { type Caller, OrdersClient } from '../clients/orders.client.ts'
import { type CustomerId, guestCustomer } from '../domain/customer.ts'
import { decodeCursor, listOrders } from '../domain/order-pages.ts'
import type { Session } from '../sessions/sessions.ts'

@Injectable()
export class OwnOrders {
  constructor(
    private readonly database: Database,
    private readonly orders: OrdersClient,
  ) {}

  /** @throws ProblemException `not-found`, also for an order of somebody else */
  async find(
    session: Session,
    id: string,
    language: string | undefined,
  ): Promise<{ found: Answered<Order>; caller: Caller }> {
    for (const customer of await this.#customersOf(session)) {
      const caller = { customer, language }
      try {
        return { found: await this.orders.find(caller, id), caller }
      } catch (error) {
        if (!(error instanceof ProblemException) || error.code !== 'not-found') throw error
      }
    }
    throw new ProblemException('not-found')
  }

  /** @throws ProblemException `invalid-request` for a cursor that is none of ours */
  async list(
    session: Session,
    query: { limit: number; cursor?: string | undefined },
    language: string | undefined,
  ): Promise<OrderList> {
    const cursor = query.cursor === undefined ? null : decodeCursor(query.cursor)
    if (cursor === null && query.cursor !== undefined)
      throw new ProblemException('invalid-request', { errors: [{ field: 'cursor', code: 'format' }] })
    const customers = await this.#customersOf(session)
    return listOrders(customers, {
      limit: query.limit,
      cursor,
      load: (customer, page) => this.orders.list({ customer, language }, { limit: query.limit, cursor: page }),
    })
  }

  async #customersOf(session: Session): Promise<CustomerId[]> {
    if (session.account === null) return [session.customer]
    const claims = await this.database.query<{ guestId: string }>`
      SELECT "guest_id" AS "guestId" FROM "guest_claim" WHERE "account_id" = ${session.account.id}::uuid
      ORDER BY "claimed_at" DESC`
    return [session.customer, ...claims.map(({ guestId }) => guestCustomer(guestId))]
  }
}
