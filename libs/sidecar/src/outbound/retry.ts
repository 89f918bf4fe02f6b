/** Another try, elsewhere, where that is wanted, safe, affordable and still in time. Each try may have a time limit of its own. */
import { alsoExcluded, isRetriable, retryBackoffMs, RESPONSE_FLAGS, tryTimeoutMs } from '@meshmart/mesh-policy'
import { AGAIN, GO_ON, WAIT, type Layer, type RequestVerdict, type ResponseVerdict } from '../stack.ts'
import { keptFromNow } from '../telemetry/trace-context.ts'
import type { OutboundExchange } from './outbound-exchange.ts'

export class RetryLayer implements Layer<OutboundExchange> {
  readonly name = 'retry'
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  request(): RequestVerdict {
    return GO_ON
  }

  response(exchange: OutboundExchange): ResponseVerdict {
    if (exchange.retryTimer !== null) clearTimeout(exchange.retryTimer)
    exchange.retryTimer = null
    settle(exchange)
    const { retryPolicy, cluster, candidate } = exchange
    if (retryPolicy === null || cluster === null || !mayTryAgain(exchange)) return GO_ON
    const pause = retryBackoffMs(retryPolicy, exchange.tries, this.#random())
    if (exchange.deadline !== null && Date.now() + pause >= exchange.deadline) return GO_ON
    exchange.attempt?.abandon(`status ${exchange.reply?.status ?? 0}: tried again`)
    exchange.upstreamResponse = null
    if (candidate !== null) exchange.avoid = alsoExcluded(retryPolicy, exchange.avoid, candidate.endpoint.instance)
    // Something failed: from here on the trace is kept.
    if (exchange.trace !== null) exchange.trace = keptFromNow(exchange.trace)
    exchange.retrying = true
    cluster.breakers.retryStarted()
    if (pause < 1) return AGAIN
    exchange.retryTimer = setTimeout(again, pause, exchange)
    return WAIT
  }

  finish(exchange: OutboundExchange): void {
    if (exchange.retryTimer !== null) clearTimeout(exchange.retryTimer)
    settle(exchange)
  }
}

function again(exchange: OutboundExchange): void {
  exchange.retryTimer = null
  exchange.driver?.again(exchange)
}

function mayTryAgain(exchange: OutboundExchange): boolean {
  const { outcome, retryPolicy, cluster, reply } = exchange
  // No outcome: the mesh itself answered beneath (no healthy endpoint), and another try would find the same.
  if (outcome === null || retryPolicy === null || cluster === null) return false
  exchange.outcome = null
  const hasIdempotencyKey = exchange.header('idempotency-key') !== undefined
  if (!isRetriable(retryPolicy, outcome, { method: exchange.method, hasIdempotencyKey })) return false
  // Whoever says that it has too much to do is not asked again, and neither is anybody else.
  if (outcome.kind === 'response' && exchange.responseHeader('x-envoy-overloaded') !== undefined) return false
  if (exchange.tries > retryPolicy.attempts) {
    if (reply?.kind === 'answer' && retryPolicy.attempts > 0) {
      const reason = `${exchange.tries} tries failed, the last one: ${reply.reason}`
      exchange.reply = { ...reply, flag: RESPONSE_FLAGS.URX, reason }
    }
    return false
  }
  if (exchange.body !== null && !exchange.body.replayable) return false
  // The budget keeps second tries from piling up on a service that is there and failing. Where a connection broke or never came about, nobody was at the other
  // end, and when a replica dies all that it held must find another at once; only a limit that somebody has written counts then too.
  const reachedSomebody = outcome.kind === 'response' || outcome.kind === 'per-try-timeout'
  const isLimited = reachedSomebody || cluster.cluster.connectionPool?.maxRetries !== undefined
  if (!isLimited || cluster.breakers.mayRetry()) return true
  if (reply?.kind === 'answer') exchange.reply = { ...reply, flag: RESPONSE_FLAGS.UO }
  else exchange.flag = RESPONSE_FLAGS.UO
  return false
}

function settle(exchange: OutboundExchange): void {
  if (exchange.retrying) exchange.cluster?.breakers.retryEnded()
  exchange.retrying = false
}

/** Milliseconds for the try that begins now; null where it may take for ever. */
export function perTryTimeout(exchange: OutboundExchange): number | null {
  const own = exchange.retryPolicy?.perTryTimeoutMs ?? 0
  // The deadline of the whole request has a timer of its own; a second one would race with it and call the outcome by another name.
  return own === 0 ? null : tryTimeoutMs(own, null, Date.now())
}
