/** Routes that answer themselves: a redirect or a direct response. Below fault, which may come instead, and above everything that needs a destination. */
import { applyOperations, redirectLocation } from '@meshmart/mesh-policy'
import { routeAnswer } from '../answers.ts'
import { GO_ON, type Layer, type RequestVerdict } from '../stack.ts'
import type { OutboundExchange } from './outbound-exchange.ts'
import { AnswerFields } from './response-fields.ts'

export class DirectAnswerLayer implements Layer<OutboundExchange> {
  readonly name = 'answer'

  request(exchange: OutboundExchange): RequestVerdict {
    const { prepared } = exchange
    if (prepared === null) return GO_ON
    const { redirect, route } = prepared
    const direct = route.directResponse
    if (redirect === null && direct === undefined) return GO_ON
    const fields = new AnswerFields()
    if (redirect !== null) fields.setHeader('location', redirectLocation(redirect, exchange.target, exchange.authority))
    else if (direct?.body !== '') fields.setHeader('content-type', 'text/plain')
    if (prepared.response !== null) applyOperations(prepared.response, fields, exchange)
    return redirect !== null
      ? routeAnswer(redirect.status, '', fields.headers, null, 'redirect')
      : routeAnswer(direct?.status ?? 200, direct?.body ?? '', fields.headers, null, 'direct_response')
  }
}
