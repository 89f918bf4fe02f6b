/** Where the route leads to this very workload, the request does not leave the process: it goes to the application's listener, as the layers above left it. */
import type { RequestListener } from 'node:http'
import { ServedRequest } from '../inbound/served-request.ts'
import { GO_ON, WAIT, type Layer, type RequestVerdict } from '../stack.ts'
import { runInContext } from '../telemetry/context.ts'
import type { IngressExchange } from './ingress-exchange.ts'
import { changeResponseOnItsWay } from './local-response.ts'

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
    request.url = exchange.upstreamTarget
    if (exchange.upstreamAuthority !== exchange.authority) request.headers.host = exchange.upstreamAuthority
    changeResponseOnItsWay(exchange)
    const context = new ServedRequest(exchange, exchange.trace, null, response)
    runInContext(context, () => this.#listener(request, response))
    return WAIT
  }
}
