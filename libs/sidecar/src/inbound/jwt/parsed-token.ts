/**
 * A token as it came, read but not believed: everything that can be refused without a key is refused here, in the order in which Envoy looks (RFC 7519, 7.2).
 * `none` is no algorithm, and a header that says `crit` is refused, because none of its extensions is understood here (RFC 7515, 4.1.11).
 */
import { JWT_FAILURES, readClaims, type JwtClaims, type JwtFailure, type RegisteredClaims } from '@meshmart/mesh-policy'

/** What Envoy verifies. Which type of key goes with each is decided in key-set.ts, never by the token. */
const KNOWN: ReadonlySet<string> = new Set(
  'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA HS256 HS384 HS512'.split(' '),
)

export interface ParsedToken extends RegisteredClaims {
  /** As it came, all three parts. */
  readonly text: string
  readonly algorithm: string
  /** Null where the token names no key. */
  readonly keyId: string | null
  /** The second part, base64url. */
  readonly payload: string
  readonly claims: JwtClaims
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
  const registered = readClaims(claims)
  if (registered.failed) return registered
  if (!isBase64Url(signature)) return JWT_FAILURES.signatureBase64
  return {
    ...registered,
    text,
    algorithm: alg,
    keyId: kid === undefined || kid === '' ? null : kid,
    payload,
    claims,
  }
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
