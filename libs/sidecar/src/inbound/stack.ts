/** The inbound stack: from a connection to the application. The order is a decision; a test holds it. */
import type { SidecarLog } from '../log.ts'
import { Stack, type Layer, type Recorder } from '../stack.ts'
import { AcceptLayer } from './accept.ts'
import { AuthenticateLayer } from './authenticate.ts'
import { AuthoriseLayer } from './authorise.ts'
import { DeliverLayer, type Deliver } from './deliver.ts'
import type { CheckAccess } from './external-authorization.ts'
import { IdentifyLayer } from './identify.ts'
import type { InboundExchange } from './inbound-exchange.ts'
import type { InboundPolicies } from './inbound-policy.ts'
import { LimitLayer } from './limit.ts'

export interface InboundParts<E extends InboundExchange> {
  readonly policies: InboundPolicies
  readonly draining: () => boolean
  readonly checkAccess: CheckAccess
  readonly deliver: Deliver<E>
  readonly recorder: Recorder<E> | null
  readonly log: SidecarLog
}

export function inboundStack<E extends InboundExchange>(parts: InboundParts<E>): Stack<E> {
  const layers: readonly Layer<E>[] = [
    new AcceptLayer<E>(parts.policies, parts.draining), // first: without a policy there is nothing to decide by
    new IdentifyLayer<E>(), // who: everything below speaks of the peer
    new AuthenticateLayer<E>(parts.log), // is that proof enough, and is the token that it brings a good one
    new AuthoriseLayer<E>(parts.checkAccess, parts.log), // may that peer, on that behalf, do this
    new LimitLayer<E>(), // after authorise: who is not let in takes nothing from the others
    new DeliverLayer<E>(parts.deliver), // only now the application sees a byte
  ]
  return new Stack(layers, parts.recorder)
}
