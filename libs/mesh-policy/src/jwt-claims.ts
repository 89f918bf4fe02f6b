/**
 * What a token claims, and whether a rule takes it: everything but the signature (RFC 7519, 4.1 and 7.2), in Envoy's order and words. Sidecars ask it of tokens
 * that came, `meshctl explain` of tokens that nobody sends.
 */
import type { JwtClaims } from './jwt.ts'
import { JWT_FAILURES, type JwtFailure } from './jwt-failure.ts'
import type { JwtRule } from './snapshot.ts'

/** Envoy's default: clocks differ. */
export const CLOCK_SKEW_MS = 60_000

export interface RegisteredClaims {
  readonly failed: false
  /** Empty where the token names none. */
  readonly issuer: string
  readonly audiences: readonly string[]
  /** Milliseconds since 1970; 0 where there is none. */
  readonly notBefore: number
  /** Milliseconds since 1970; Infinity where there is none. */
  readonly expiry: number
}

export function readClaims(claims: JwtClaims): RegisteredClaims | JwtFailure {
  const wrong = wrongClaim(claims)
  if (wrong !== null) return wrong
  const { iss, aud, nbf, exp } = claims
  return {
    failed: false,
    issuer: typeof iss === 'string' ? iss : '',
    audiences: typeof aud === 'string' ? [aud] : isStrings(aud) ? aud : [],
    notBefore: typeof nbf === 'number' ? nbf * 1000 : 0,
    expiry: typeof exp === 'number' ? exp * 1000 : Number.POSITIVE_INFINITY,
  }
}

/** Why a rule does not take them; null where it does. @param now milliseconds since 1970 */
export function judgeClaims(
  { issuer, audiences, notBefore, expiry }: Omit<RegisteredClaims, 'failed'>,
  rule: Pick<JwtRule, 'issuer' | 'audiences'>,
  now: number,
): JwtFailure | null {
  if (issuer !== rule.issuer) return JWT_FAILURES.unknownIssuer
  if (now + CLOCK_SKEW_MS < notBefore) return JWT_FAILURES.notYetValid
  if (now > expiry + CLOCK_SKEW_MS) return JWT_FAILURES.expired
  return audienceFits(rule.audiences, audiences) ? null : JWT_FAILURES.audienceNotAllowed
}

/**
 * A claim as a field's value: texts, numbers and booleans, as Envoy does; a claim within a claim is named with dots. Null where there is nothing that a field
 * could carry.
 */
export function claimText(claims: JwtClaims, name: string): string | null {
  let value: unknown = claims[name]
  if (value === undefined) {
    value = claims
    for (const part of name.split('.')) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return null
      value = Reflect.get(value, part)
    }
  }
  const text =
    typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? `${value}` : ''
  // What is signed is not therefore a field value: RFC 9110, 5.5.
  return text === '' || /[^\t\x20-\x7e\x80-\xff]/.test(text) ? null : text
}

function wrongClaim({ iss, sub, iat, nbf, exp, jti, aud }: JwtClaims): JwtFailure | null {
  if (iss !== undefined && typeof iss !== 'string') return JWT_FAILURES.issuer
  if (sub !== undefined && typeof sub !== 'string') return JWT_FAILURES.subject
  if (!isTime(iat)) return JWT_FAILURES.issuedAt
  if (!isTime(nbf)) return JWT_FAILURES.notBefore
  if (!isTime(exp)) return JWT_FAILURES.expiry
  if (jti !== undefined && typeof jti !== 'string') return JWT_FAILURES.tokenId
  if (aud !== undefined && typeof aud !== 'string' && !isStrings(aud)) return JWT_FAILURES.audience
  return null
}

function isTime(value: unknown): boolean {
  return value === undefined || (typeof value === 'number' && value >= 0 && Number.isFinite(value))
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

/** As Envoy compares: a scheme and a slash at the end make no other audience. No list allows everything. */
function audienceFits(allowed: readonly string[] | undefined, audiences: readonly string[]): boolean {
  if (allowed === undefined || allowed.length === 0) return true
  return audiences.some((audience) => allowed.some((one) => bare(one) === bare(audience)))
}

function bare(audience: string): string {
  return audience.replace(/^https?:\/\//, '').replace(/\/$/, '')
}
