/** First ingress layer: which server of which Gateway speaks for this host. */
import { hostOfAuthority, RESPONSE_FLAGS } from '@meshmart/mesh-policy'
import { problem, routeAnswer } from '../answers.ts'
import { GO_ON, type Layer, type RequestVerdict } from '../stack.ts'
import type { GatewayTable } from './gateway-table.ts'
import type { IngressExchange } from './ingress-exchange.ts'

export class VirtualHostLayer implements Layer<IngressExchange> {
  readonly name = 'virtual-host'
  readonly #gateway: GatewayTable

  constructor(gateway: GatewayTable) {
    this.#gateway = gateway
  }

  request(exchange: IngressExchange): RequestVerdict {
    if (!this.#gateway.arrived)
      return problem(null, 'this gateway does not know its routes yet', 503, { 'retry-after': '1' })
    exchange.policy = this.#gateway.guard.current
    const normalization = exchange.policy?.pathNormalization ?? 'BASE'
    if (normalization !== 'BASE') exchange.normalise(normalization)
    if (this.#gateway.redirectsToHttps(exchange.authority)) {
      const location = `https://${hostOfAuthority(exchange.authority)}${exchange.target}`
      return routeAnswer(301, '', { location }, null, 'redirect to https')
    }
    exchange.table = this.#gateway.find(exchange.authority)
    return exchange.table === null
      ? problem(RESPONSE_FLAGS.NR, `no gateway server speaks for ${exchange.authority}`)
      : GO_ON
  }
}
