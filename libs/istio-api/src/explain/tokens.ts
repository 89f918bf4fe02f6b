/**
 * RequestAuthentication without traffic: where a rule looks for its tokens, and what it makes of one. Whether a signature is right is asked of whoever
 * calls, because keys and clocks are not this library's.
 */
import { queryParameter, type CompiledRequestAuthentication, type JwtClaims, type JwtRule } from '@meshmart/mesh-policy'
import type { Fields } from './fields.ts'
import type { AskedRequest } from './question.ts'

export interface TokenVerdict {
  readonly claims: JwtClaims | null
  /** Why the token is refused; null where it is good. */
  readonly failure: { readonly status: 401 | 403; readonly words: string } | null
}
/** @throws nothing: a token that cannot be verified is a failure */
export type VerifyToken = (token: string, rule: JwtRule) => Promise<TokenVerdict>

export interface Authenticated {
  readonly claims: JwtClaims | null
  readonly requestPrincipal: string | null
  readonly reason: string
  readonly failure: TokenVerdict['failure']
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
  const none = { claims: null, requestPrincipal: null, failure: null }
  const rules = authentications.flatMap(({ source, rules: all }) => all.map((rule) => ({ source, rule })))
  if (rules.length === 0) return { ...none, reason: 'no RequestAuthentication applies' }
  let failure: TokenVerdict['failure'] = null
  let by = ''
  for (const { source, rule } of rules) {
    const found = asserted === null ? tokensFor(rule, fields, query, token) : []
    if (asserted === null && found.length === 0) continue
    const verdict = asserted === null ? await verify(found[0]?.token ?? '', rule) : assertedVerdict(asserted, rule, now)
    if (verdict.failure === null && verdict.claims !== null) {
      const { iss, sub } = verdict.claims
      accept(rule, verdict.claims, found, fields)
      const requestPrincipal = typeof iss === 'string' && typeof sub === 'string' ? `${iss}/${sub}` : null
      return { claims: verdict.claims, requestPrincipal, failure: null, reason: `the token is good for ${source}` }
    }
    // That a token is another issuer's says the least.
    if (failure === null || failure.words === UNKNOWN_ISSUER) [failure, by] = [verdict.failure, source]
  }
  if (failure === null) return { ...none, reason: 'the request carries no token' }
  return { ...none, failure, reason: `${failure.words} (${by})` }
}

export const UNKNOWN_ISSUER = 'Jwt issuer is not configured'

function assertedVerdict(claims: JwtClaims, rule: JwtRule, now: number): TokenVerdict {
  const words = claimsProblem(claims, rule, now)
  return words === null
    ? { claims, failure: null }
    : { claims: null, failure: { status: words === WRONG_AUDIENCE ? 403 : 401, words } }
}

const WRONG_AUDIENCE = 'Audiences in Jwt are not allowed'
/** Envoy's default: clocks differ. */
const CLOCK_SKEW_MS = 60_000

/** Why a rule refuses claims whose signature is right; null where it does not. Envoy's words. */
export function claimsProblem(
  { iss, aud, exp, nbf }: JwtClaims,
  { issuer, audiences = [] }: JwtRule,
  now: number,
): string | null {
  if (iss !== issuer) return UNKNOWN_ISSUER
  if (typeof nbf === 'number' && now + CLOCK_SKEW_MS < nbf * 1000) return 'Jwt not yet valid'
  if (typeof exp === 'number' && now > exp * 1000 + CLOCK_SKEW_MS) return 'Jwt is expired'
  if (audiences.length === 0) return null
  const named = (Array.isArray(aud) ? aud : [aud]).filter((each): each is string => typeof each === 'string')
  return named.some((each) => audiences.some((one) => bare(one) === bare(each))) ? null : WRONG_AUDIENCE
}

export const statusOf = (words: string): 401 | 403 => (words === WRONG_AUDIENCE ? 403 : 401)

const bare = (audience: string): string => audience.replace(/^https?:\/\//, '').replace(/\/$/, '')

interface FoundToken {
  readonly token: string
  readonly field: string | null
}

function tokensFor(
  { fromHeaders = [], fromParams = [], fromCookies = [] }: JwtRule,
  fields: Fields,
  query: string,
  given: string | null,
): FoundToken[] {
  const anywhere = fromHeaders.length + fromParams.length + fromCookies.length === 0
  const headers = anywhere ? [{ name: 'authorization', prefix: 'Bearer ' }] : fromHeaders
  const parameters = anywhere ? ['access_token'] : fromParams
  const inHeaders = headers.flatMap(({ name, prefix }): FoundToken[] => {
    const value = fields.get(name.toLowerCase())
    const at = value?.indexOf(prefix) ?? -1
    return value === undefined || at === -1
      ? []
      : [{ token: value.slice(at + prefix.length).trim(), field: name.toLowerCase() }]
  })
  const inQuery = parameters.flatMap((name): FoundToken[] => {
    const token = queryParameter(query, name)
    return token === undefined ? [] : [{ token, field: null }]
  })
  const cookies = (fields.get('cookie') ?? '').split(';').map((pair) => pair.trim().split('='))
  const inCookies = fromCookies.flatMap((name): FoundToken[] => {
    const value = cookies
      .find(([each]) => each === name)
      ?.slice(1)
      .join('=')
    return value === undefined ? [] : [{ token: value, field: null }]
  })
  const found = [...inHeaders, ...inQuery, ...inCookies]
  return found.length > 0 || given === null ? found : [{ token: given, field: null }]
}

function accept(rule: JwtRule, claims: JwtClaims, found: readonly FoundToken[], fields: Fields): void {
  if (rule.forwardOriginalToken !== true) for (const { field } of found) if (field !== null) fields.removeHeader(field)
  for (const { header, claim } of rule.outputClaimToHeaders ?? []) {
    const value = claims[claim]
    if (['string', 'number', 'boolean'].includes(typeof value)) fields.setHeader(header, String(value))
  }
}
