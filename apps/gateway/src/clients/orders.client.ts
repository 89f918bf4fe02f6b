/** Orders, always on behalf of one customer. A card is in the body of `place` and goes nowhere else: this file keeps and logs nothing. */
import { Readable } from 'node:stream'
import { Erased, Order, OrderList, type OrderRequest, type ReturnRequest } from '@meshmart/contracts'
import { ProblemException, ServiceClient, type Answered } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import type { CustomerId } from '../domain/customer.ts'
import { UPSTREAMS, type Upstreams } from './upstreams.ts'

/** Orders decides within 5 s or answers 202; what is longer than this is a part of the shop that does not answer. */
const PLACE_TIMEOUT_MS = 15_000

export type Caller = { customer: CustomerId; language: string | undefined }

@Injectable()
export class OrdersClient {
  readonly #service: ServiceClient

  constructor(@Inject(UPSTREAMS) private readonly upstreams: Upstreams) {
    this.#service = new ServiceClient(upstreams.orders)
  }

  /** @returns the order, decided or still being decided; see `isFinalOrderState` */
  place(caller: Caller, idempotencyKey: string, body: OrderRequest): Promise<Answered<Order>> {
    const headers = { ...headersOf(caller), 'idempotency-key': idempotencyKey }
    return this.#service.ask('POST', '/v1/orders', { body, headers, answer: Order, timeoutMs: PLACE_TIMEOUT_MS })
  }

  list(caller: Caller, page: { limit: number; cursor: string | null }, timeoutMs?: number): Promise<OrderList> {
    const query = new URLSearchParams({
      limit: String(page.limit),
      ...(page.cursor === null ? {} : { cursor: page.cursor }),
    })
    const call = { headers: headersOf(caller), answer: OrderList, ...(timeoutMs === undefined ? {} : { timeoutMs }) }
    return this.#service.request('GET', `/v1/orders?${query}`, call)
  }

  find(caller: Caller, id: string): Promise<Answered<Order>> {
    return this.#service.ask('GET', `/v1/orders/${id}`, { headers: headersOf(caller), answer: Order })
  }

  cancel(caller: Caller, id: string): Promise<Answered<Order>> {
    return this.#service.ask('POST', `/v1/orders/${id}/cancel`, { headers: headersOf(caller), answer: Order })
  }

  /** @returns the order; whether the return with this key is made already, `returns` tells */
  giveBack(caller: Caller, id: string, idempotencyKey: string, body: ReturnRequest): Promise<Answered<Order>> {
    const headers = { ...headersOf(caller), 'idempotency-key': idempotencyKey }
    return this.#service.ask('POST', `/v1/orders/${id}/returns`, {
      body,
      headers,
      answer: Order,
      timeoutMs: PLACE_TIMEOUT_MS,
    })
  }

  /**
   * Takes e-mail and address out of the customer's settled orders.
   * @returns how many are not settled yet, and still have them
   */
  erase(customer: CustomerId): Promise<Erased> {
    const headers = headersOf({ customer, language: undefined })
    return this.#service.request('POST', '/v1/customers/erasure', { headers, answer: Erased })
  }

  /**
   * The order's states as Server-Sent Events, as they come. What is not read here is not read from orders either, and destroying the stream
   * ends it there too.
   * @throws ProblemException `upstream-unavailable` where the stream cannot be opened
   */
  async events(caller: Caller, id: string, signal: AbortSignal): Promise<Readable> {
    try {
      const response = await fetch(`${this.upstreams.orders}/v1/orders/${id}/events`, {
        headers: { ...headersOf(caller), accept: 'text/event-stream' },
        redirect: 'error',
        signal,
      })
      if (response.ok && response.body !== null) return Readable.fromWeb(response.body)
      await response.body?.cancel()
      throw new ProblemException('upstream-unavailable', {
        detail: `orders answered ${response.status} for the events`,
      })
    } catch (error) {
      if (error instanceof ProblemException) throw error
      const problem = new ProblemException('upstream-unavailable', {
        detail: 'orders could not be reached for the events',
      })
      problem.cause = error
      throw problem
    }
  }
}

const headersOf = ({ customer, language }: Caller): Record<string, string> => ({
  'x-customer-id': customer,
  ...(language === undefined ? {} : { 'accept-language': language }),
})
