/** Cross-origin requests, as Envoy's filter has it: a preflight that the policy knows is answered here, every other answer gets the fields that browsers ask for. */
import { corsPreflight, corsResponseFields, corsVerdict } from '@meshmart/mesh-policy'
import { routeAnswer } from '../answers.ts'
import { GO_ON, type Layer, type RequestVerdict, type ResponseVerdict } from '../stack.ts'
import type { OutboundExchange } from './outbound-exchange.ts'
import { AnswerFields, ResponseFields } from './response-fields.ts'

export class CorsLayer implements Layer<OutboundExchange> {
  readonly name = 'cors'

  request(exchange: OutboundExchange): RequestVerdict {
    const cors = exchange.prepared?.cors ?? null
    if (cors === null) return GO_ON
    const origin = exchange.header('origin')
    const method = exchange.header('access-control-request-method')
    if (corsVerdict(cors, exchange.method, origin, method) === 'forward') return GO_ON
    const fields = new AnswerFields()
    corsPreflight(cors, origin ?? '', method ?? '', exchange.header('access-control-request-headers'), fields)
    return routeAnswer(200, '', fields.headers, null, 'cors_preflight')
  }

  response(exchange: OutboundExchange): ResponseVerdict {
    const cors = exchange.prepared?.cors ?? null
    if (cors !== null) corsResponseFields(cors, exchange.header('origin'), new ResponseFields(exchange))
    return GO_ON
  }
}
