/** What a route changes about a request before it leaves and about the answer on its way back. Logs, metrics and policy keep what came. */
import { applyOperations, rewriteTarget } from '@meshmart/mesh-policy'
import { GO_ON, type Layer, type RequestVerdict, type ResponseVerdict } from '../stack.ts'
import type { OutboundExchange } from './outbound-exchange.ts'
import { ResponseFields } from './response-fields.ts'

export class RewriteLayer implements Layer<OutboundExchange> {
  readonly name = 'rewrite'

  request(exchange: OutboundExchange): RequestVerdict {
    const operations = exchange.destination?.request ?? null
    if (operations !== null) applyOperations(operations, exchange, exchange)
    const rewrite = exchange.prepared?.rewrite ?? null
    exchange.upstreamTarget = rewrite === null ? exchange.target : rewriteTarget(rewrite, exchange.target)
    if (rewrite !== null && rewrite.authority !== null) exchange.upstreamAuthority = rewrite.authority
    return GO_ON
  }

  /** The peer's answers alone: those of the mesh say what they have to, as in Envoy. */
  response(exchange: OutboundExchange): ResponseVerdict {
    const operations = exchange.destination?.response ?? null
    if (operations !== null && exchange.reply?.kind === 'upstream')
      applyOperations(operations, new ResponseFields(exchange), exchange)
    return GO_ON
  }
}
