/**
 * E-mails about orders. Orders tells by events how an order ended and whom it belongs to; here the e-mail becomes due in the transaction that also says that the
 * event was handled, so that there is one for each, and nobody who buys waits for it (ADR 24).
 */
import type { EventData } from '@meshmart/contracts'
import { Inbox, MailOutbox, type Transaction } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { cancelledWords, confirmedWords, rejectedWords, returnedWords, type Words } from './order-words.ts'

@Injectable()
export class OrderMails {
  constructor(
    inbox: Inbox,
    private readonly mails: MailOutbox,
  ) {
    inbox.on('order.rejected', async (tx: Transaction, { data }) =>
      this.#due(tx, `order-rejected/${data.orderId}`, data, rejectedWords(data)),
    )
    inbox.on('order.cancelled', async (tx: Transaction, { data }) => this.#cancelled(tx, data))
    inbox.on('order.returned', async (tx: Transaction, { data }) =>
      this.#due(tx, `order-returned/${data.returnId}`, data, returnedWords(data)),
    )
  }

  /** Called by who handles the event: the cart is emptied by it, too. */
  confirmed(tx: Transaction, data: EventData<'order.confirmed'>): void {
    this.#due(tx, `order-confirmed/${data.orderId}`, data, confirmedWords(data))
  }

  #cancelled(tx: Transaction, data: EventData<'order.cancelled'>): void {
    // The last piece came back: the e-mail about the return has said it.
    if (data.cause === 'returned') return
    this.#due(tx, `order-cancelled/${data.orderId}`, data, cancelledWords(data))
  }

  #due(tx: Transaction, dueFor: string, { email }: { readonly email: string }, words: Words): void {
    this.mails.append(tx, { dueFor, recipient: email, ...words })
  }
}
