/** Who may do what: AuthorizationPolicy, asked before the application sees a byte. */
import { authorise, type AuthorizableRequest } from '@meshmart/mesh-policy'
import { accessDenied } from '../answers.ts'
import { GO_ON, type Layer, type RequestVerdict } from '../stack.ts'
import type { InboundExchange } from './inbound-exchange.ts'

/** The service port of every workload here (docs/architecture.md): policies speak of it, and not of the port that a replica happens to listen on. */
const SERVICE_PORT = 80

export class AuthoriseLayer implements Layer<InboundExchange> {
  readonly name = 'authorise'

  request(exchange: InboundExchange): RequestVerdict {
    if (exchange.policy === null) return accessDenied('denied: no policy is known')
    const request: AuthorizableRequest = {
      principal: exchange.peer?.principal ?? null,
      method: exchange.method,
      path: exchange.path,
      host: exchange.authority,
      port: SERVICE_PORT,
    }
    exchange.decision = authorise(exchange.policy.policies, request)
    return exchange.decision.decision === 'ALLOW' ? GO_ON : accessDenied(exchange.decision.reason)
  }
}
