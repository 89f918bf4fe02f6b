/** The last layer: the request leaves on a connection to the chosen endpoint, with the deadline and the trace that travel with it. */
import type { Dispatcher } from 'undici'
import { DEADLINE_HEADER, formatDeadline, RESPONSE_FLAGS } from '@meshmart/mesh-policy'
import { problem } from '../answers.ts'
import { reasonOf } from '../log.ts'
import { WAIT, type Layer, type RequestVerdict } from '../stack.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { Attempt } from './attempt.ts'
import { startClientSpan } from './client-span.ts'
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
    const { span, traceFields } = startClientSpan(this.#tracer, exchange, cluster, candidate)
    const attempt = new Attempt(exchange, cluster, candidate, span)
    exchange.attempt = attempt
    exchange.tries++
    const limit = perTryTimeout(exchange)
    if (limit !== null) {
      exchange.retryTimer = setTimeout(
        () => attempt.fail(RESPONSE_FLAGS.UT, 'per-try-timeout', `no answer within ${limit} ms`),
        limit,
      )
    }
    const headers = [...exchange.fields, 'host', exchange.authority, 'x-request-id', exchange.requestId, ...traceFields]
    if (exchange.deadline !== null) headers.push(DEADLINE_HEADER, formatDeadline(exchange.deadline, Date.now()))
    try {
      cluster.poolOf(candidate).dispatch(
        {
          method: exchange.method as Dispatcher.HttpMethod,
          path: exchange.target,
          headers,
          // undici streams iterables, which its types do not say.
          body: (exchange.body?.open() ?? null) as Dispatcher.DispatchOptions['body'] & null,
        },
        attempt,
      )
    } catch (error) {
      attempt.abandon(reasonOf(error))
      return problem(RESPONSE_FLAGS.DPE, `the request cannot be sent: ${reasonOf(error)}`)
    }
    return WAIT
  }
}
