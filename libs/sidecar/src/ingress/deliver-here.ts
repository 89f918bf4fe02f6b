/** Where the route leads to this very workload, the request does not leave the process: it goes to the application's listener as it came. */
import type { RequestListener } from 'node:http'
import { GO_ON, WAIT, type Layer, type RequestVerdict } from '../stack.ts'
import { runInContext } from '../telemetry/context.ts'
import { ServedRequest } from '../inbound/inbound-exchange.ts'
import type { IngressExchange } from './ingress-exchange.ts'

export class DeliverHereLayer implements Layer<IngressExchange> {
  readonly name = 'deliver-here'
  readonly #ownHost: string
  readonly #listener: RequestListener

  constructor(ownHost: string, listener: RequestListener) {
    this.#ownHost = ownHost
    this.#listener = listener
  }

  request(exchange: IngressExchange): RequestVerdict {
    if (exchange.cluster?.cluster.host !== this.#ownHost || exchange.trace === null) return GO_ON
    const { request, response } = exchange
    exchange.deliveredHere = true
    request.url = exchange.target
    const context = new ServedRequest(exchange, exchange.trace, null, response)
    runInContext(context, () => this.#listener(request, response))
    return WAIT
  }
}
