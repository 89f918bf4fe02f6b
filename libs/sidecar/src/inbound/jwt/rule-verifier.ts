/** One JWTRule, ready to be asked about a token: at once where the token is known or can be refused without a key, later where its signature must be checked. */
import {
  CLOCK_SKEW_MS,
  JWT_FAILURES,
  judgeClaims,
  TokenPlaces,
  type JwtFailure,
  type JwtRule,
} from '@meshmart/mesh-policy'
import type { KeySource } from './key-source.ts'
import { parseToken, type ParsedToken } from './parsed-token.ts'
import { TokenCache } from './token-cache.ts'
import { verifiedToken, type VerifiedToken } from './verified-token.ts'

export class RuleVerifier {
  /** Resource that it comes from. */
  readonly source: string
  readonly rule: JwtRule
  readonly places: TokenPlaces
  readonly #keys: KeySource
  readonly #cache = new TokenCache()

  constructor(source: string, rule: JwtRule, keys: KeySource) {
    this.source = source
    this.rule = rule
    this.places = new TokenPlaces(rule)
    this.#keys = keys
  }

  /** @param now milliseconds since 1970. @returns null where only the signature is left to check: then `verify` */
  known(text: string, now: number): VerifiedToken | JwtFailure | null {
    const cached = this.#cache.get(text)
    if (cached !== undefined && cached.keys === this.#keys.current) {
      if (now <= cached.expiry + CLOCK_SKEW_MS) return cached
      this.#cache.delete(text)
      return JWT_FAILURES.expired
    }
    const token = this.#read(text, now)
    return token.failed ? token : null
  }

  async verify(text: string, now: number): Promise<VerifiedToken | JwtFailure> {
    const token = this.#read(text, now)
    if (token.failed) return token
    let keys = await this.#keys.keys()
    if (keys === null) return JWT_FAILURES.keysNotFetched
    let failure = await keys.verify(token)
    if (failure === JWT_FAILURES.noKey) {
      // The issuer may have begun to sign with a key that it did not have yet when we looked.
      const newer = await this.#keys.newerThan(keys)
      if (newer !== keys) failure = await newer.verify(token)
      keys = newer
    }
    if (failure !== null) return failure
    const verified = verifiedToken(token, keys)
    this.#cache.set(text, verified)
    return verified
  }

  #read(text: string, now: number): ParsedToken | JwtFailure {
    const token = parseToken(text)
    if (token.failed) return token
    return judgeClaims(token, this.rule, now) ?? token
  }
}
