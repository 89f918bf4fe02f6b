/** Which endpoint: the cluster's picker says, and never the one that just failed while there is another. */
import { RESPONSE_FLAGS } from '@meshmart/mesh-policy'
import { problem } from '../answers.ts'
import { GO_ON, type Layer, type RequestVerdict } from '../stack.ts'
import type { OutboundExchange } from './outbound-exchange.ts'

export class BalanceLayer implements Layer<OutboundExchange> {
  readonly name = 'balance'

  request(exchange: OutboundExchange): RequestVerdict {
    exchange.candidate = exchange.cluster?.picker.pick(exchange.avoid) ?? null
    if (exchange.candidate !== null) return GO_ON
    return problem(RESPONSE_FLAGS.UH, `${exchange.cluster?.cluster.name ?? exchange.authority}: no healthy endpoint`)
  }
}
