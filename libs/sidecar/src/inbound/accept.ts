/** First inbound layer: nothing is let in before this workload knows its policy, and every policy sees the same path. */
import { RESPONSE_FLAGS } from '@meshmart/mesh-policy'
import { problem } from '../answers.ts'
import { GO_ON, type Layer, type RequestVerdict } from '../stack.ts'
import type { InboundExchange } from './inbound-exchange.ts'
import type { InboundPolicies } from './inbound-policy.ts'

export class AcceptLayer<E extends InboundExchange> implements Layer<E> {
  readonly name = 'accept'
  readonly #policies: InboundPolicies
  readonly #draining: () => boolean

  constructor(policies: InboundPolicies, draining: () => boolean) {
    this.#policies = policies
    this.#draining = draining
  }

  request(exchange: E): RequestVerdict {
    // Whoever still has a connection finishes its request and then goes elsewhere.
    if (this.#draining()) exchange.closeAfterResponse()
    exchange.policy = this.#policies.current
    const mode = exchange.policy === null ? 'BASE' : exchange.policy.pathNormalization
    if (mode !== 'BASE') exchange.normalise(mode)
    if (exchange.malformed) return problem(RESPONSE_FLAGS.DPE, 'the path of the request is not well formed')
    if (exchange.policy === null)
      return problem(null, 'this workload does not know its policy yet', 503, { 'retry-after': '1' })
    return GO_ON
  }
}
