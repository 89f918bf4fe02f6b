/** What was bought leaves the cart, and an e-mail says so, exactly once: the inbox commits both together with the fact that the event was handled. */
import { type EventOf, Inbox, type Transaction } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { BoughtLines } from '../cart/bought-lines.ts'
import { OrderMails } from '../mails/order-mails.ts'

@Injectable()
export class OrderConfirmedHandler {
  constructor(
    inbox: Inbox,
    private readonly boughtLines: BoughtLines,
    private readonly mails: OrderMails,
  ) {
    inbox.on('order.confirmed', (tx: Transaction, event) => this.handle(tx, event))
  }

  async handle(tx: Transaction, { data }: Pick<EventOf<'order.confirmed'>, 'data'>): Promise<void> {
    await this.boughtLines.takeOut(tx, data.customerId, data.lines)
    this.mails.confirmed(tx, data)
  }
}
