/** Last inbound layer: only now the application sees a byte. What that means is the placement's matter. */
import { GO_ON, type Layer, type RequestVerdict } from '../stack.ts'
import type { InboundExchange } from './inbound-exchange.ts'

export interface Deliver<E> {
  deliver(exchange: E): void
}

export class DeliverLayer<E extends InboundExchange> implements Layer<E> {
  readonly name = 'deliver'
  readonly #deliver: Deliver<E>

  constructor(deliver: Deliver<E>) {
    this.#deliver = deliver
  }

  request(exchange: E): RequestVerdict {
    this.#deliver.deliver(exchange)
    return GO_ON
  }
}
