/**
 * RequestAuthentication without traffic: the sidecar's own rules of where tokens are and what they must claim. Whether a signature is right is asked of whoever
 * calls, because keys are not this library's.
 */
import {
  claimText,
  judgeClaims,
  readClaims,
  TokenPlaces,
  withoutParameter,
  type CompiledRequestAuthentication,
  type FoundToken,
  type JwtClaims,
  type JwtFailure,
  type JwtRule,
} from '@meshmart/mesh-policy'
import type { Fields } from './fields.ts'
import type { AskedRequest } from './question.ts'

export interface TokenVerdict {
  readonly claims: JwtClaims | null
  /** Why the token is refused; null where it is good. */
  readonly failure: JwtFailure | null
}
/** @throws nothing: a token that cannot be verified is a failure */
export type VerifyToken = (token: string, rule: JwtRule) => Promise<TokenVerdict>

export interface Authenticated extends TokenVerdict {
  readonly requestPrincipal: string | null
  readonly reason: string
  /** As it goes on: without the token. */
  readonly query: string
}

/** @param now milliseconds since 1970 @param fields lose the token, and get what a rule writes of it */
export async function authenticateRequest(
  authentications: readonly CompiledRequestAuthentication[],
  fields: Fields,
  query: string,
  { claims: asserted, token }: Pick<AskedRequest, 'claims' | 'token'>,
  verify: VerifyToken,
  now: number,
): Promise<Authenticated> {
  const none = { claims: null, requestPrincipal: null, failure: null, query }
  // By issuer, as the sidecar asks them.
  const rules = authentications
    .flatMap(({ source, rules: all }) => all.map((rule) => ({ source, rule })))
    .toSorted((a, b) => (a.rule.issuer < b.rule.issuer ? -1 : a.rule.issuer > b.rule.issuer ? 1 : 0))
  if (rules.length === 0) return { ...none, reason: 'no RequestAuthentication applies' }
  let failure: JwtFailure | null = null
  let by = ''
  for (const { source, rule } of rules) {
    const found = asserted === null ? tokensFor(rule, fields, query, token) : []
    if (asserted === null && found.length === 0) continue
    const verdict = asserted === null ? await verify(found[0]?.token ?? '', rule) : assertedVerdict(asserted, rule, now)
    if (verdict.failure === null && verdict.claims !== null) {
      const { iss, sub } = verdict.claims
      const rest = accept(rule, verdict.claims, found, fields, query)
      const requestPrincipal = typeof iss === 'string' && typeof sub === 'string' ? `${iss}/${sub}` : null
      return {
        ...none,
        claims: verdict.claims,
        requestPrincipal,
        reason: `the token is good for ${source}`,
        query: rest,
      }
    }
    // That a token is another issuer's says the least.
    if (failure === null || failure.weak) [failure, by] = [verdict.failure, source]
  }
  if (failure === null) return { ...none, reason: 'the request carries no token' }
  return { ...none, failure, reason: `${failure.words} (${by})` }
}

function assertedVerdict(claims: JwtClaims, rule: JwtRule, now: number): TokenVerdict {
  const failure = claimsFailure(claims, rule, now)
  return failure === null ? { claims, failure } : { claims: null, failure }
}

/** Why a rule refuses claims whose signature is right; null where it does not. @param now milliseconds since 1970 */
export function claimsFailure(claims: JwtClaims, rule: JwtRule, now: number): JwtFailure | null {
  const registered = readClaims(claims)
  return registered.failed ? registered : judgeClaims(registered, rule, now)
}

function tokensFor(rule: JwtRule, fields: Fields, query: string, given: string | null): FoundToken[] {
  const found = new TokenPlaces(rule).find({ query, header: (name) => fields.get(name) })
  if (found !== null) return found
  return given === null ? [] : [{ token: given, header: null, parameter: null }]
}

/** @returns the query as it goes on */
function accept(rule: JwtRule, claims: JwtClaims, found: readonly FoundToken[], fields: Fields, query: string): string {
  let rest = query
  if (rule.forwardOriginalToken !== true) {
    for (const { header, parameter } of found) {
      if (header !== null) fields.removeHeader(header)
      if (parameter !== null) rest = withoutParameter(rest, parameter)
    }
  }
  const [, payload] = found[0]?.token.split('.') ?? []
  if (rule.outputPayloadToHeader !== undefined && payload !== undefined)
    fields.setHeader(rule.outputPayloadToHeader, payload)
  for (const { header, claim } of rule.outputClaimToHeaders ?? []) {
    const value = claimText(claims, claim)
    if (value !== null) fields.setHeader(header, value)
  }
  return rest
}
