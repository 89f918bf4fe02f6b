/**
 * A purchase, by an account or by a guest. A guest without a session gets one only with the order: until then the customer follows from the
 * Idempotency-Key, so that a lost answer and a second try of a client without cookies still make one order.
 */
import type { Order, OrderRequest } from '@meshmart/contracts'
import { type Answered, SETTINGS } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { Catalogue } from '../catalogue/catalogue.ts'
import { OrdersClient } from '../clients/orders.client.ts'
import { guestCustomer } from '../domain/customer.ts'
import { guestOfFirstOrder } from '../sessions/session-cookie.ts'
import { type Session, Sessions } from '../sessions/sessions.ts'
import type { Settings } from '../settings.ts'

export type Purchase = { idempotencyKey: string; body: OrderRequest; language: string | undefined }

@Injectable()
export class PlaceOrder {
  constructor(
    private readonly orders: OrdersClient,
    private readonly sessions: Sessions,
    private readonly catalogue: Catalogue,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'SESSION_SECRET'>,
  ) {}

  /** @returns the order, and the session that was begun for it, if one was */
  async place(
    session: Session | null,
    purchase: Purchase,
  ): Promise<{ placed: Answered<Order>; begun: Session | null }> {
    const { idempotencyKey, body, language } = purchase
    const guestId = session?.guestId ?? guestOfFirstOrder(idempotencyKey, this.settings.SESSION_SECRET)
    const customer = session?.customer ?? guestCustomer(guestId)
    // Before the order, so that an order can never be one that its buyer cannot take along when signing in.
    if (session !== null && session.account === null && !session.buyer) await this.sessions.becomeBuyer(session)
    const placed = await this.orders.place({ customer, language }, idempotencyKey, body)
    this.catalogue.forget()
    return { placed, begun: session === null ? await this.sessions.begin(null, { guestId, buyer: true }) : null }
  }
}
