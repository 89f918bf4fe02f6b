/** Who asks: the identity that its certificate proved when the connection was made, looked up and not parsed again. */
import type { Duplex } from 'node:stream'
import type { PeerIdentity } from '../identity/peer-identity.ts'
import { GO_ON, type Layer, type RequestVerdict } from '../stack.ts'
import type { InboundExchange } from './inbound-exchange.ts'

export interface PeerDirectory {
  peerOf(socket: Duplex): PeerIdentity | null
}

export class IdentifyLayer implements Layer<InboundExchange> {
  readonly name = 'identify'
  readonly #peers: PeerDirectory

  constructor(peers: PeerDirectory) {
    this.#peers = peers
  }

  request(exchange: InboundExchange): RequestVerdict {
    exchange.peer = this.#peers.peerOf(exchange.request.socket)
    return GO_ON
  }
}
