/**
 * A token as it came, read but not believed: everything that can be refused without a key is refused here, in the order in which Envoy looks (RFC 7519, 7.2).
 * `none` is no algorithm, and a header that says `crit` is refused, because none of its extensions is understood here (RFC 7515, 4.1.11).
 */
import type { JwtClaims } from '@meshmart/mesh-policy'
import { JWT_FAILURES, type JwtFailure } from './jwt-failure.ts'

/** What Envoy verifies. Which type of key goes with each is decided in key-set.ts, never by the token. */
const KNOWN: ReadonlySet<string> = new Set(
  'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA HS256 HS384 HS512'.split(' '),
)

export interface ParsedToken {
  readonly failed: false
  /** As it came, all three parts. */
  readonly text: string
  readonly algorithm: string
  /** Null where the token names no key. */
  readonly keyId: string | null
  /** The second part, base64url. */
  readonly payload: string
  readonly claims: JwtClaims
  /** Empty where the token names none. */
  readonly issuer: string
  readonly audiences: readonly string[]
  /** Milliseconds since 1970; 0 where there is none. */
  readonly notBefore: number
  /** Milliseconds since 1970; Infinity where there is none. */
  readonly expiry: number
}

export function parseToken(text: string): ParsedToken | JwtFailure {
  const [head = '', payload = '', signature, more] = text.split('.', 4)
  if (head === '' || payload === '' || signature === undefined || more !== undefined) return JWT_FAILURES.format
  if (!isBase64Url(head)) return JWT_FAILURES.headerBase64
  const header = jsonObject(head)
  if (header === null) return JWT_FAILURES.headerJson
  const { alg, kid, crit } = header
  if (typeof alg !== 'string') return JWT_FAILURES.algorithm
  if (!KNOWN.has(alg) || crit !== undefined) return JWT_FAILURES.algorithmUnknown
  if (kid !== undefined && typeof kid !== 'string') return JWT_FAILURES.keyId
  if (!isBase64Url(payload)) return JWT_FAILURES.payloadBase64
  const claims = jsonObject(payload)
  if (claims === null) return JWT_FAILURES.payloadJson
  const wrong = wrongClaim(claims)
  if (wrong !== null) return wrong
  if (!isBase64Url(signature)) return JWT_FAILURES.signatureBase64
  const { iss, aud, nbf, exp } = claims
  return {
    failed: false,
    text,
    algorithm: alg,
    keyId: kid === undefined || kid === '' ? null : kid,
    payload,
    claims,
    issuer: typeof iss === 'string' ? iss : '',
    audiences: typeof aud === 'string' ? [aud] : isStrings(aud) ? aud : [],
    notBefore: typeof nbf === 'number' ? nbf * 1000 : 0,
    expiry: typeof exp === 'number' ? exp * 1000 : Number.POSITIVE_INFINITY,
  }
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

function isBase64Url(text: string): boolean {
  return /^[A-Za-z0-9_-]*$/.test(text) && text.length % 4 !== 1
}

function jsonObject(base64Url: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64Url, 'base64url').toString('utf8'))
    return isRecord(value) ? value : null
  } catch {
    // Whatever is no JSON is no object: the caller says so in Envoy's words.
    return null
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
