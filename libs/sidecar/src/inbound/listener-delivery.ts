/** Delivery in the embedded placement: the application's own listener, in the context of this request. */
import type { RequestListener } from 'node:http'
import { runInContext } from '../telemetry/context.ts'
import type { Deliver } from './deliver.ts'
import type { EmbeddedInboundExchange } from './embedded-inbound-exchange.ts'
import { ServedRequest } from './served-request.ts'

export class ListenerDelivery implements Deliver<EmbeddedInboundExchange> {
  readonly #listener: RequestListener

  constructor(listener: RequestListener) {
    this.#listener = listener
  }

  deliver(exchange: EmbeddedInboundExchange): void {
    const { trace, request, response } = exchange
    if (trace === null) throw new Error('deliver: the exchange has no trace')
    // The application and policy must see the same path.
    request.url = exchange.target
    const context = new ServedRequest(exchange, trace, exchange.peer?.principal ?? null, response)
    runInContext(context, () => this.#listener(request, response))
  }
}
