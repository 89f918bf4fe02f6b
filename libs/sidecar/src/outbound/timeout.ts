/** How long all tries together may take: the route's timeout or the caller's deadline, whichever is earlier. As in Envoy it ends with the response's last byte. */
import { effectiveDeadline, RESPONSE_FLAGS } from '@meshmart/mesh-policy'
import { problem } from '../answers.ts'
import { GO_ON, type Answer, type Layer, type RequestVerdict } from '../stack.ts'
import type { OutboundExchange } from './outbound-exchange.ts'

/** setTimeout takes no more than a signed 32-bit number. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export class TimeoutLayer implements Layer<OutboundExchange> {
  readonly name = 'timeout'
  /** Its place in the stack, for an answer that goes on to the layers above. */
  readonly #above: number

  /** @param position index of this layer in its stack */
  constructor(position: number) {
    this.#above = position - 1
  }

  request(exchange: OutboundExchange): RequestVerdict {
    const now = Date.now()
    exchange.deadline = effectiveDeadline(exchange.route?.timeoutMs ?? 0, exchange.deadline, now)
    if (exchange.deadline === null) return GO_ON
    const left = exchange.deadline - now
    if (left <= 0) return timedOut(exchange)
    exchange.deadlineTimer = setTimeout(() => this.#expire(exchange), Math.min(left, LONGEST_TIMER_MS))
    return GO_ON
  }

  finish(exchange: OutboundExchange): void {
    if (exchange.deadlineTimer !== null) clearTimeout(exchange.deadlineTimer)
  }

  #expire(exchange: OutboundExchange): void {
    if (exchange.ended) return
    exchange.attempt?.abort('the time for the whole request is over')
    exchange.driver?.answer(exchange, timedOut(exchange), this.#above)
  }
}

function timedOut(exchange: OutboundExchange): Answer {
  return problem(RESPONSE_FLAGS.UT, `no complete answer within ${Math.round(exchange.elapsed)} ms`)
}
