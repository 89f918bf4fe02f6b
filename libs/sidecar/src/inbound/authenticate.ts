/** What a caller must prove: PeerAuthentication. STRICT is refused at TLS already; this layer holds even if a socket came in another way. */
import { accessDenied } from '../answers.ts'
import { GO_ON, type Layer, type RequestVerdict } from '../stack.ts'
import type { InboundExchange } from './inbound-exchange.ts'

export class AuthenticateLayer implements Layer<InboundExchange> {
  readonly name = 'authenticate'

  request(exchange: InboundExchange): RequestVerdict {
    if (exchange.peer !== null) return GO_ON
    return accessDenied(
      `denied: ${exchange.policy?.snapshot.peerAuthentication.source ?? 'PeerAuthentication'} wants an identity and the peer has none`,
    )
  }
}
