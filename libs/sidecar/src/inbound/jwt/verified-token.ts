/** A token whose signature, issuer, audience and time were checked: what policies may speak of. Made once per token and then found by its text. */
import type { JwtClaims } from '@meshmart/mesh-policy'
import type { KeySet } from './key-set.ts'
import type { ParsedToken } from './parsed-token.ts'

export interface VerifiedToken {
  readonly failed: false
  readonly issuer: string
  readonly subject: string | null
  readonly audiences: readonly string[]
  /** Authorised party, Istio's `request.auth.presenter`. */
  readonly azp: string | null
  readonly claims: JwtClaims
  /** `<issuer>/<subject>`; null where the token names no subject. */
  readonly requestPrincipal: string | null
  /** Base64url. */
  readonly payload: string
  /** Milliseconds since 1970; Infinity where it never ends. */
  readonly expiry: number
  /** That verified it: when they are replaced it must be verified anew. */
  readonly keys: KeySet
}

export function verifiedToken(token: ParsedToken, keys: KeySet): VerifiedToken {
  const { issuer, audiences, claims, payload, expiry } = token
  const { sub, azp } = claims
  const subject = typeof sub === 'string' && sub !== '' ? sub : null
  return {
    failed: false,
    issuer,
    subject,
    audiences,
    azp: typeof azp === 'string' ? azp : null,
    claims,
    requestPrincipal: subject === null ? null : `${issuer}/${subject}`,
    payload,
    expiry,
    keys,
  }
}
