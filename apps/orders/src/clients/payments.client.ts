/** Payments as orders needs it. Every key is made of the order and the act, so whichever replica repeats a call repeats the same one. */
import { randomUUID } from 'node:crypto'
import { CardToken, PaymentIntent, type Card, type Money } from '@meshmart/contracts'
import type { ServiceClient } from '@meshmart/service-kit'

export class PaymentsClient {
  readonly #service: ServiceClient
  constructor(service: ServiceClient) {
    this.#service = service
  }

  /**
   * Trades a card for a token: the only way that a card number takes. The key allows the mesh to ask another replica when one is silent; a token too
   * many harms nobody. ProblemException `card-expired`.
   */
  tokenise(card: Card, timeoutMs: number): Promise<CardToken> {
    const headers = { 'idempotency-key': randomUUID() }
    return this.#service.request('POST', '/v1/tokens', { body: { card }, answer: CardToken, headers, timeoutMs })
  }

  /** Authorises an order's payment, or answers the one that it already has. The answer may be `pending` or `declined`. */
  authorise(payment: { orderId: string; amount: Money; token: string }, timeoutMs: number): Promise<PaymentIntent> {
    const headers = { 'idempotency-key': `${payment.orderId}:authorise` }
    return this.#service.request('POST', '/v1/payments', { body: payment, answer: PaymentIntent, headers, timeoutMs })
  }

  find(paymentId: string, timeoutMs: number): Promise<PaymentIntent> {
    return this.#service.request('GET', `/v1/payments/${paymentId}`, { answer: PaymentIntent, timeoutMs })
  }

  capture(paymentId: string, orderId: string, timeoutMs: number): Promise<PaymentIntent> {
    return this.#change(paymentId, orderId, 'capture', timeoutMs)
  }
  void(paymentId: string, orderId: string, timeoutMs: number): Promise<PaymentIntent> {
    return this.#change(paymentId, orderId, 'void', timeoutMs)
  }
  refund(paymentId: string, orderId: string, timeoutMs: number): Promise<PaymentIntent> {
    return this.#change(paymentId, orderId, 'refund', timeoutMs)
  }

  /** A part of what was captured, once for each return. The answer may be from before it is known: see what it says was refunded. */
  refundPart(
    paymentId: string,
    part: { orderId: string; returnId: string; amount: Money },
    timeoutMs: number,
  ): Promise<PaymentIntent> {
    const { orderId, returnId, amount } = part
    const headers = { 'idempotency-key': `${orderId}:return:${returnId}` }
    return this.#service.request('POST', `/v1/payments/${paymentId}/refund`, {
      body: { amount },
      answer: PaymentIntent,
      headers,
      timeoutMs,
    })
  }

  #change(
    paymentId: string,
    orderId: string,
    act: 'capture' | 'void' | 'refund',
    timeoutMs: number,
  ): Promise<PaymentIntent> {
    const headers = { 'idempotency-key': `${orderId}:${act}` }
    return this.#service.request('POST', `/v1/payments/${paymentId}/${act}`, {
      answer: PaymentIntent,
      headers,
      timeoutMs,
    })
  }
}
