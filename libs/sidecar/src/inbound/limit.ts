/** Local rate limit: a token bucket for the whole replica, asked only for requests that were let in, so that strangers cannot empty it. */
import { RESPONSE_FLAGS } from '@meshmart/mesh-policy'
import { GO_ON, type Answer, type Layer, type RequestVerdict } from '../stack.ts'
import type { GuardedExchange } from './guarded-exchange.ts'

/** Envoy's own. */
const BODY = 'local_rate_limited'

export class LimitLayer<E extends GuardedExchange> implements Layer<E> {
  readonly name = 'limit'

  request(exchange: E): RequestVerdict {
    const bucket = exchange.policy?.bucket ?? null
    if (bucket === null || bucket.take(Date.now())) return GO_ON
    return limited(exchange.policy?.snapshot.localRateLimit?.source ?? 'local rate limit')
  }
}

/** `x-local-rate-limit` is what Istio's task on local rate limits has Envoy add, so that callers can tell it from the application's own 429. */
function limited(source: string): Answer {
  return {
    kind: 'answer',
    status: 429,
    code: null,
    headers: { 'content-type': 'text/plain', 'content-length': String(BODY.length), 'x-local-rate-limit': 'true' },
    body: BODY,
    flag: RESPONSE_FLAGS.RL,
    reason: `local_rate_limited: the limit of ${source} is reached`,
  }
}
