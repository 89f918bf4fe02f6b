/** Last inbound layer: the application's own listener, in the context of this request. */
import type { RequestListener } from 'node:http'
import { GO_ON, type Layer, type RequestVerdict } from '../stack.ts'
import { runInContext } from '../telemetry/context.ts'
import { ServedRequest, type InboundExchange } from './inbound-exchange.ts'

export class DeliverLayer implements Layer<InboundExchange> {
  readonly name = 'deliver'
  readonly #listener: RequestListener

  constructor(listener: RequestListener) {
    this.#listener = listener
  }

  request(exchange: InboundExchange): RequestVerdict {
    const { trace, request, response } = exchange
    if (trace === null) throw new Error('deliver: the exchange has no trace')
    // The application and policy must see the same path.
    request.url = exchange.target
    const context = new ServedRequest(exchange, trace, exchange.peer?.principal ?? null, response)
    runInContext(context, () => this.#listener(request, response))
    return GO_ON
  }
}
