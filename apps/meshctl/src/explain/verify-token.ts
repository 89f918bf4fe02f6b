/** Verifies a token against the keys that stand in a policy. Keys that stand elsewhere are not fetched: an explanation makes no traffic. */
import { claimsFailure, type VerifyToken } from '@meshmart/istio-api'
import { JWT_FAILURES, type JwtFailure } from '@meshmart/mesh-policy'
import type { JSONWebKeySet } from 'jose'

export const verifyToken =
  (now: number): VerifyToken =>
  async (token, rule) => {
    const refused = (failure: JwtFailure) => ({ claims: null, failure })
    const claims = claimsOf(token)
    if (claims === null) return refused(JWT_FAILURES.format)
    const failure = claimsFailure(claims, rule, now)
    if (failure !== null) return refused(failure)
    if (rule.jwks === undefined) return refused(JWT_FAILURES.keysNotFetched)
    // Few questions bring a token, and every command would wait for it to be loaded.
    const { compactVerify, createLocalJWKSet, errors } = await import('jose')
    try {
      await compactVerify(token, createLocalJWKSet(keySetOf(rule.jwks)))
      return { claims, failure: null }
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return refused(JWT_FAILURES.noKey)
      if (error instanceof errors.JOSEError || error instanceof TypeError || error instanceof SyntaxError)
        return refused(JWT_FAILURES.verification)
      throw error
    }
  }

function claimsOf(token: string): Record<string, unknown> | null {
  const [, payload, signature, more] = token.split('.', 4)
  if (payload === undefined || signature === undefined || more !== undefined) return null
  try {
    const value: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    // What is no JSON has no claims; the caller says so in Envoy's words.
    return null
  }
}

function keySetOf(text: string): JSONWebKeySet {
  const value: unknown = JSON.parse(text)
  if (typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys))
    return { keys: value.keys }
  throw new SyntaxError('jwks must be {"keys": […]}')
}
