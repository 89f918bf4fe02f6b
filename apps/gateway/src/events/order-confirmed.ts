/** What was bought leaves the cart, and an e-mail says so, exactly once: the inbox commits both together with the fact that the event was handled. */
import { type EventOf, Inbox, type Transaction } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { CartLines } from '../cart/cart-lines.ts'
import { accountCustomer, guestIdOf } from '../domain/customer.ts'
import { OrderMails } from '../mails/order-mails.ts'

@Injectable()
export class OrderConfirmedHandler {
  constructor(
    inbox: Inbox,
    private readonly cartLines: CartLines,
    private readonly mails: OrderMails,
  ) {
    inbox.on('order.confirmed', (tx: Transaction, event) => this.handle(tx, event))
  }

  async handle(tx: Transaction, { data }: Pick<EventOf<'order.confirmed'>, 'data'>): Promise<void> {
    // The guest may be signing in right now; whoever is first in the queue decides where the cart is.
    await this.cartLines.queue(tx, data.customerId)
    const owner = await cartOwner(tx, data.customerId)
    if (owner !== data.customerId) await this.cartLines.queue(tx, owner)
    await this.cartLines.takeOut(tx, owner, data.lines)
    await this.mails.confirmed(tx, data)
  }
}

/** A guest who has signed in since took the cart along. */
async function cartOwner(tx: Transaction, customer: string): Promise<string> {
  const guestId = guestIdOf(customer)
  if (guestId === null) return customer
  const [claim] = await tx.query<{ accountId: string }>`
    SELECT "account_id" AS "accountId" FROM "guest_claim" WHERE "guest_id" = ${guestId}::uuid`
  return claim === undefined ? customer : accountCustomer(claim.accountId)
}
