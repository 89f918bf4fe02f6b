/** Faults on purpose: a delay, an answer instead of the service's, or the one after the other. Above the timeout, as in Envoy: a delay is not the service's time. */
import { chooseFault, RESPONSE_FLAGS, type FaultDecision } from '@meshmart/mesh-policy'
import { routeAnswer } from '../answers.ts'
import { GO_ON, WAIT, type Answer, type Layer, type RequestVerdict } from '../stack.ts'
import type { OutboundExchange } from './outbound-exchange.ts'

export class FaultLayer implements Layer<OutboundExchange> {
  readonly name = 'fault'
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  request(exchange: OutboundExchange): RequestVerdict {
    const fault = exchange.prepared?.fault ?? null
    if (fault === null) return GO_ON
    const { delayMs, abort } = chooseFault(fault, this.#random(), this.#random())
    if (delayMs === 0) return abort === null ? GO_ON : aborted(abort)
    exchange.flag = RESPONSE_FLAGS.DI
    // Nobody waits longer than the caller does; what it is told then is the timeout layer's business.
    const left = exchange.deadline === null ? delayMs : Math.max(0, exchange.deadline - Date.now())
    exchange.delayTimer = setTimeout(goOn, Math.min(delayMs, left), exchange, abort)
    return WAIT
  }

  finish(exchange: OutboundExchange): void {
    if (exchange.delayTimer !== null) clearTimeout(exchange.delayTimer)
  }
}

function goOn(exchange: OutboundExchange, abort: FaultDecision['abort']): void {
  if (abort === null) exchange.resume()
  else exchange.driver?.answer(exchange, aborted(abort), exchange.position - 1)
}

function aborted({ httpStatus, grpcStatus }: NonNullable<FaultDecision['abort']>): Answer {
  if (grpcStatus !== null) {
    const fields = { 'content-type': 'application/grpc', 'grpc-status': String(grpcStatus) }
    return routeAnswer(200, '', fields, RESPONSE_FLAGS.FI, 'fault_filter_abort')
  }
  return routeAnswer(
    httpStatus,
    'fault filter abort',
    { 'content-type': 'text/plain' },
    RESPONSE_FLAGS.FI,
    'fault_filter_abort',
  )
}
