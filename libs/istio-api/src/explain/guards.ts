/** What a request must prove where it arrives, at a workload or at a gateway: its token, then the policies, in the order of the sidecar's layers. */
import {
  authorise,
  authoriseConnection,
  customAuthorizers,
  preparePolicies,
  RBAC_DENIED_BODY,
  type AuthorizableConnection,
  type InboundSnapshot,
  type JwtClaims,
} from '@meshmart/mesh-policy'
import type { Explanation } from './explanation.ts'
import { answer } from './http-actions.ts'
import { Fields } from './fields.ts'
import type { AskedRequest, Question } from './question.ts'
import { authenticateRequest, type VerifyToken } from './tokens.ts'

export interface Guarded extends Pick<Explanation, 'authentication' | 'authorization' | 'response'> {
  readonly claims: JwtClaims | null
  /** As they go on: without the token, with what the rule writes. */
  readonly fields: Fields
  /** The same of the query, without the question mark. */
  readonly query: string
}

export interface Clock {
  readonly verify: VerifyToken
  /** Milliseconds since 1970. */
  readonly now: number
}

type Guards = Pick<InboundSnapshot, 'authorizationPolicies' | 'requestAuthentications'> & {
  /** Of a gateway: so many proxies before it are believed. */
  readonly trustedProxies?: number
}

/** @param path normalised, without the query */
export async function guardRequest(
  guards: Guards,
  question: Question,
  request: AskedRequest,
  path: string,
  clock: Clock,
): Promise<Guarded> {
  const fields = new Fields(request.fields)
  const connection = connectionOf(question, guards.trustedProxies)
  const query = request.target.includes('?') ? request.target.slice(request.target.indexOf('?') + 1) : ''
  const isPreflight =
    request.method === 'OPTIONS' &&
    fields.get('origin') !== undefined &&
    fields.get('access-control-request-method') !== undefined
  const token = isPreflight
    ? { claims: null, requestPrincipal: null, failure: null, query, reason: 'a preflight carries no credentials' }
    : await authenticateRequest(guards.requestAuthentications ?? [], fields, query, request, clock.verify, clock.now)
  const authentication = {
    principal: connection.principal,
    requestPrincipal: token.requestPrincipal,
    reason: token.reason,
  }
  if (token.failure !== null) {
    const response = answer(token.failure.status, token.reason, { body: token.failure.words })
    return { authentication, authorization: null, response, claims: null, fields, query }
  }
  const policies = preparePolicies(guards.authorizationPolicies)
  const { aud, azp } = token.claims ?? {}
  const asked = {
    ...connection,
    method: request.method,
    path,
    host: request.authority,
    requestPrincipal: token.requestPrincipal,
    jwtAudiences: (Array.isArray(aud) ? aud : [aud]).filter((each): each is string => typeof each === 'string'),
    jwtPresenter: typeof azp === 'string' ? azp : null,
    jwtClaims: token.claims,
    header: (name: string) => fields.get(name),
  }
  const asks = customAuthorizers(policies, asked).map(({ name }) => name)
  const decision = authorise(policies, asked)
  const reason = asks.length === 0 ? decision.reason : `${decision.reason}; before that ${asks.join(', ')} is asked`
  const response = decision.decision === 'DENY' ? answer(403, reason, { body: RBAC_DENIED_BODY }) : null
  return {
    authentication,
    authorization: { ...decision, reason },
    response,
    claims: token.claims,
    fields,
    query: token.query,
  }
}

export function guardConnection(
  guards: Guards,
  question: Question,
): Pick<Explanation, 'authentication' | 'authorization'> {
  const connection = connectionOf(question, guards.trustedProxies)
  const authorization = authoriseConnection(preparePolicies(guards.authorizationPolicies), connection)
  const reason =
    connection.principal === null ? 'the peer proves no identity' : 'the peer proves its identity by its certificate'
  return { authentication: { principal: connection.principal, requestPrincipal: null, reason }, authorization }
}

function connectionOf(
  { connection, address, request }: Question,
  trustedProxies: number | undefined,
): AuthorizableConnection {
  const sourceIp = connection.sourceIp ?? ''
  const forwarded = request === null ? undefined : new Fields(request.fields).get('x-forwarded-for')
  return {
    principal: connection.security === 'mtls' ? connection.principal : null,
    port: connection.port,
    sourceIp,
    remoteIp: clientOf(forwarded, trustedProxies) ?? sourceIp,
    destinationIp: address ?? (/^[\d.]+$/.test(connection.host) ? connection.host : ''),
    sni: connection.sni,
  }
}

/** As Envoy finds it: a sidecar believes the last entry, a gateway the one that its outermost trusted proxy wrote, and none where it trusts nobody. */
function clientOf(forwarded: string | undefined, trustedProxies = 1): string | undefined {
  return trustedProxies === 0 ? undefined : forwarded?.split(',').at(-trustedProxies)?.trim()
}
