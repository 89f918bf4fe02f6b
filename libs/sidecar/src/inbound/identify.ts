/**
 * Who asks: the identity that its certificate proved when the connection was made, looked up and not parsed again. What a caller writes about certificates
 * itself is nothing but a claim, and is taken out.
 */
import { GO_ON, type Layer, type RequestVerdict } from '../stack.ts'
import type { InboundExchange } from './inbound-exchange.ts'

export const FORWARDED_CLIENT_CERT = 'x-forwarded-client-cert'

export class IdentifyLayer<E extends InboundExchange> implements Layer<E> {
  readonly name = 'identify'

  request(exchange: E): RequestVerdict {
    exchange.peer = exchange.connection.peer
    if (exchange.header(FORWARDED_CLIENT_CERT) !== undefined) exchange.removeHeader(FORWARDED_CLIENT_CERT)
    return GO_ON
  }
}
