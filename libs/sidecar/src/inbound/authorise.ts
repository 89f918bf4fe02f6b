/** Who may do what: AuthorizationPolicy, asked before the application sees a byte. Istio's order: CUSTOM, then DENY, then ALLOW; AUDIT only marks the log. */
import { auditedBy, authorise, customAuthorizers, type ExternalAuthorizer } from '@meshmart/mesh-policy'
import { accessDenied } from '../answers.ts'
import { reasonOf, type SidecarLog } from '../log.ts'
import { GO_ON, WAIT, type Answer, type Layer, type RequestVerdict } from '../stack.ts'
import { ExternalAuthorization, type CheckAccess } from './external-authorization.ts'
import type { GuardedExchange } from './guarded-exchange.ts'
import { RequestView } from './request-view.ts'

export class AuthoriseLayer<E extends GuardedExchange> implements Layer<E> {
  readonly name = 'authorise'
  readonly #external: ExternalAuthorization
  readonly #log: SidecarLog
  #view: RequestView | null = null

  constructor(checkAccess: CheckAccess, log: SidecarLog) {
    this.#external = new ExternalAuthorization(checkAccess)
    this.#log = log
  }

  request(exchange: E): RequestVerdict {
    if (exchange.policy === null) return accessDenied('denied: no policy is known')
    const authorizers = customAuthorizers(exchange.policy.policies, this.#viewOf(exchange))
    if (authorizers.length === 0) return this.#decide(exchange)
    void this.#ask(exchange, authorizers)
    return WAIT
  }

  async #ask(exchange: E, authorizers: readonly ExternalAuthorizer[]): Promise<void> {
    let answer: Answer | null
    try {
      answer = await this.#external.ask(exchange, authorizers)
    } catch (error) {
      this.#log.error('inbound: an external authoriser could not be asked', { reason: reasonOf(error) })
      answer = accessDenied('ext_authz_error: internal')
    }
    if (exchange.ended) return
    const verdict = answer ?? this.#decide(exchange)
    if (verdict === GO_ON) exchange.resume()
    else exchange.driver?.answer(exchange, verdict, exchange.position - 1)
  }

  #decide(exchange: E): typeof GO_ON | Answer {
    const { policy } = exchange
    if (policy === null) return accessDenied('denied: no policy is known')
    const view = this.#viewOf(exchange)
    exchange.auditedBy = auditedBy(policy.policies, view)
    const decision = authorise(policy.policies, view)
    exchange.decision = decision
    return decision.decision === 'ALLOW' ? GO_ON : accessDenied(decision.reason)
  }

  #viewOf(exchange: E): RequestView {
    return this.#view === null ? (this.#view = new RequestView(exchange)) : this.#view.of(exchange)
  }
}
