/** First inbound layer: a request comes in over mTLS or not at all, and nothing is let in before this workload knows its policy. */
import { problem } from '../answers.ts'
import { RESPONSE_FLAGS } from '@meshmart/mesh-policy'
import { GO_ON, type Layer, type RequestVerdict } from '../stack.ts'
import type { InboundExchange } from './inbound-exchange.ts'
import type { InboundPolicies } from './inbound-policy.ts'

export class AcceptLayer implements Layer<InboundExchange> {
  readonly name = 'accept'
  readonly #policies: InboundPolicies
  readonly #draining: () => boolean

  constructor(policies: InboundPolicies, draining: () => boolean) {
    this.#policies = policies
    this.#draining = draining
  }

  request(exchange: InboundExchange): RequestVerdict {
    // Whoever still has a connection finishes its request and then goes elsewhere.
    if (this.#draining()) exchange.response.shouldKeepAlive = false
    exchange.policy = this.#policies.current
    if (exchange.malformed) return problem(RESPONSE_FLAGS.DPE, 'the path of the request is not well formed')
    if (exchange.policy === null)
      return problem(null, 'this workload does not know its policy yet', 503, { 'retry-after': '1' })
    return GO_ON
  }
}
