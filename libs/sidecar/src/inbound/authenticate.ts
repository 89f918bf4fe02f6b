/**
 * What a caller must prove. First its own identity (PeerAuthentication): STRICT is refused at TLS already, and is asked again here, because a connection may be
 * older than the policy. Then, where it brings a token, that this is a good one (RequestAuthentication).
 */
import { JWT_FAILURES, RESPONSE_FLAGS } from '@meshmart/mesh-policy'
import { accessDenied } from '../answers.ts'
import { reasonOf, type SidecarLog } from '../log.ts'
import { GO_ON, WAIT, type Answer, type Layer, type RequestVerdict } from '../stack.ts'
import type { RequestAuthentication, TokenVerdict } from './jwt/request-authentication.ts'
import type { GuardedExchange } from './guarded-exchange.ts'

export class AuthenticateLayer<E extends GuardedExchange> implements Layer<E> {
  readonly name = 'authenticate'
  readonly #log: SidecarLog

  constructor(log: SidecarLog) {
    this.#log = log
  }

  request(exchange: E): RequestVerdict {
    const { policy } = exchange
    if (policy === null) return accessDenied('denied: no policy is known')
    if (exchange.peer === null && policy.mtlsMode(exchange.connection.workloadPort) === 'STRICT')
      return accessDenied(
        `denied: ${policy.snapshot.peerAuthentication?.source ?? 'PeerAuthentication'} is STRICT and the peer has no identity`,
      )
    const { requestAuthentication } = policy
    if (requestAuthentication === null) return GO_ON
    requestAuthentication.sanitise(exchange)
    if (isPreflight(exchange)) return GO_ON
    const verdict = requestAuthentication.atOnce(exchange, Date.now())
    if (verdict === null) return GO_ON
    if (verdict !== undefined) return refused(exchange, verdict)
    void this.#later(exchange, requestAuthentication)
    return WAIT
  }

  async #later(exchange: E, authentication: RequestAuthentication): Promise<void> {
    let verdict: TokenVerdict
    try {
      verdict = await authentication.later(exchange, Date.now())
    } catch (error) {
      this.#log.error('inbound: a token could not be verified', { reason: reasonOf(error) })
      verdict = { failure: JWT_FAILURES.verification, source: 'RequestAuthentication' }
    }
    if (verdict === null) exchange.resume()
    else exchange.driver?.answer(exchange, refused(exchange, verdict), exchange.position - 1)
  }
}

/** A browser sends no credentials with it; Istio sets `bypass_cors_preflight`. */
function isPreflight(exchange: GuardedExchange): boolean {
  return (
    exchange.method === 'OPTIONS' &&
    (exchange.header('origin') ?? '') !== '' &&
    (exchange.header('access-control-request-method') ?? '') !== ''
  )
}

/** Envoy's answer: its words as plain text, and RFC 6750's challenge. The query is left out of the realm: a token may stand in it. */
function refused(exchange: GuardedExchange, { failure, source }: NonNullable<TokenVerdict>): Answer {
  const scheme = exchange.connection.secure ? 'https' : 'http'
  const realm = `${scheme}://${exchange.authority}${exchange.path}`.slice(0, 256).replaceAll(/["\\]|[^\x20-\x7e]/g, '')
  return {
    kind: 'answer',
    status: failure.status,
    code: null,
    headers: {
      'content-type': 'text/plain',
      'content-length': String(Buffer.byteLength(failure.words)),
      'www-authenticate': `Bearer realm="${realm}", error="invalid_token"`,
    },
    body: failure.words,
    flag: RESPONSE_FLAGS.UAEX,
    reason: `jwt_authn_access_denied{${failure.words}}: ${source}`,
  }
}
