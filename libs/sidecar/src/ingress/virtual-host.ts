/** First ingress layer: which server of which Gateway speaks for this host. */
import { RESPONSE_FLAGS } from '@meshmart/mesh-policy'
import { problem, routeAnswer } from '../answers.ts'
import { GO_ON, type Layer, type RequestVerdict } from '../stack.ts'
import type { GatewayTable } from './gateway-table.ts'
import { httpsLocation, type EdgePorts } from './https-redirect.ts'
import type { IngressExchange } from './ingress-exchange.ts'

export class VirtualHostLayer implements Layer<IngressExchange> {
  readonly name = 'virtual-host'
  readonly #gateway: GatewayTable
  readonly #ports: () => EdgePorts

  constructor(gateway: GatewayTable, ports: () => EdgePorts) {
    this.#gateway = gateway
    this.#ports = ports
  }

  request(exchange: IngressExchange): RequestVerdict {
    if (!this.#gateway.arrived)
      return problem(null, 'this gateway does not know its routes yet', 503, { 'retry-after': '1' })
    exchange.policy = this.#gateway.guard.current
    const normalization = exchange.policy?.pathNormalization ?? 'BASE'
    if (normalization !== 'BASE') exchange.normalise(normalization)
    const { authority, tlsServer } = exchange
    if (tlsServer === null && exchange.forwarded.scheme !== 'https' && this.#gateway.redirectsToHttps(authority)) {
      const location = httpsLocation(authority, exchange.target, this.#ports())
      return routeAnswer(301, '', { location }, null, 'redirect to https')
    }
    if (tlsServer !== null && this.#gateway.isMisdirected(authority, tlsServer))
      return problem(RESPONSE_FLAGS.NR, `${authority} has another TLS server than this connection was made for`, 421)
    exchange.table = this.#gateway.find(authority, tlsServer)
    return exchange.table === null ? problem(RESPONSE_FLAGS.NR, `no gateway server speaks for ${authority}`) : GO_ON
  }
}
