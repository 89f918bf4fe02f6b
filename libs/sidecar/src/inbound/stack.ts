/** The inbound stack: from a connection to the application's listener. The order is a decision; a test holds it. */
import type { RequestListener } from 'node:http'
import { Stack, type Layer, type Recorder } from '../stack.ts'
import { AcceptLayer } from './accept.ts'
import { AuthenticateLayer } from './authenticate.ts'
import { AuthoriseLayer } from './authorise.ts'
import { DeliverLayer } from './deliver.ts'
import { IdentifyLayer, type PeerDirectory } from './identify.ts'
import type { InboundExchange } from './inbound-exchange.ts'
import type { InboundPolicies } from './inbound-policy.ts'

export interface InboundParts {
  readonly policies: InboundPolicies
  readonly peers: PeerDirectory
  readonly draining: () => boolean
  readonly listener: RequestListener
  readonly recorder: Recorder<InboundExchange> | null
}

export function inboundStack(parts: InboundParts): Stack<InboundExchange> {
  const layers: readonly Layer<InboundExchange>[] = [
    new AcceptLayer(parts.policies, parts.draining), // first: without a policy there is nothing to decide by
    new IdentifyLayer(parts.peers), // who: everything below speaks of the peer
    new AuthenticateLayer(), // is that proof enough
    new AuthoriseLayer(), // may that peer do this
    new DeliverLayer(parts.listener), // only now the application sees a byte
  ]
  return new Stack(layers, parts.recorder)
}
