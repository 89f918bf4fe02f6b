/** The last layer: the request leaves on a connection to the chosen endpoint, with the deadline and the trace that travel with it. */
import { RESPONSE_FLAGS } from '@meshmart/mesh-policy'
import { overflow, problem } from '../answers.ts'
import { WAIT, type Layer, type RequestVerdict } from '../stack.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { Attempt } from './attempt.ts'
import { clientTrace } from './client-span.ts'
import type { OutboundExchange } from './outbound-exchange.ts'
import { perTryTimeout } from './retry.ts'

export class ConnectLayer implements Layer<OutboundExchange> {
  readonly name = 'connect'
  readonly #tracer: Tracer

  constructor(tracer: Tracer) {
    this.#tracer = tracer
  }

  request(exchange: OutboundExchange): RequestVerdict {
    const { cluster, candidate } = exchange
    if (cluster === null || candidate === null) return problem(RESPONSE_FLAGS.UH, 'no endpoint was chosen')
    if (!cluster.breakers.mayStartRequest())
      return overflow(`${cluster.cluster.name}: ${cluster.breakers.requests} requests are under way, the limit`)
    if (exchange.tunnel !== null) {
      exchange.tunnel.open(exchange, cluster, candidate)
      return WAIT
    }
    const attempt = new Attempt(exchange, cluster, candidate, this.#tracer, clientTrace(exchange))
    exchange.attempt = attempt
    const limit = perTryTimeout(exchange)
    if (limit !== null) exchange.retryTimer = setTimeout(expire, limit, attempt, limit)
    attempt.send()
    return WAIT
  }
}

function expire(attempt: Attempt, limit: number): void {
  attempt.timeOut(limit)
}
