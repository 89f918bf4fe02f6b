/**
 * Istio's RequestAuthentication: no token passes without a principal, a token that is there must be good for one of the rules. What Istio makes of several rules
 * in Envoy's words is `any(rule 1, rule 2, …, all(each good or without token))`: the first rule, by issuer, that has a good token decides who asks.
 */
import {
  claimText,
  withoutParameter,
  type CompiledRequestAuthentication,
  type FoundToken,
  type JwtFailure,
} from '@meshmart/mesh-policy'
import type { GuardedExchange } from '../guarded-exchange.ts'
import type { KeySources } from './key-sources.ts'
import { RuleVerifier } from './rule-verifier.ts'
import type { VerifiedToken } from './verified-token.ts'

/** Null where the request passes, with or without a token. */
export type TokenVerdict = { readonly failure: JwtFailure; readonly source: string } | null

export class RequestAuthentication {
  readonly #rules: readonly RuleVerifier[]
  /** Fields that only we may write: what a caller writes into them is taken out. */
  readonly #outputs: readonly string[]

  private constructor(rules: readonly RuleVerifier[]) {
    this.#rules = rules
    const outputs = rules.flatMap(({ rule }) => [
      ...(rule.outputPayloadToHeader === undefined ? [] : [rule.outputPayloadToHeader]),
      ...(rule.outputClaimToHeaders ?? []).map(({ header }) => header),
    ])
    this.#outputs = [...new Set(outputs.map((name) => name.toLowerCase()))]
  }

  /**
   * @returns null where there is no rule at all; `commit` makes it the one whose keys are kept up to date
   * @throws Error that names the rule that cannot be prepared
   */
  static prepare(
    compiled: readonly CompiledRequestAuthentication[],
    keys: KeySources,
  ): { readonly authentication: RequestAuthentication | null; commit(): void } {
    const rules = compiled
      .flatMap(({ source, rules }) => rules.map((rule) => ({ source, rule })))
      .toSorted((one, other) =>
        one.rule.issuer < other.rule.issuer ? -1 : one.rule.issuer > other.rule.issuer ? 1 : 0,
      )
    const { sources, commit } = keys.prepare(rules.map(({ rule }) => rule))
    const verifiers: RuleVerifier[] = []
    for (const [index, { source, rule }] of rules.entries()) {
      const keysOfRule = sources[index]
      if (keysOfRule !== undefined) verifiers.push(new RuleVerifier(source, rule, keysOfRule))
    }
    return { authentication: verifiers.length === 0 ? null : new RequestAuthentication(verifiers), commit }
  }

  /** Before anything else, whether there is a token or not. */
  sanitise(exchange: GuardedExchange): void {
    for (const name of this.#outputs) if (exchange.header(name) !== undefined) exchange.removeHeader(name)
  }

  /** @returns undefined where a signature must be checked first: then `later` */
  atOnce(exchange: GuardedExchange, now: number): TokenVerdict | undefined {
    let verdict: TokenVerdict = null
    for (const verifier of this.#rules) {
      const found = verifier.places.find(exchange)
      if (found === null) continue
      let first: VerifiedToken | null = null
      let failure: JwtFailure | null = null
      for (const { token } of found) {
        const known = verifier.known(token, now)
        if (known === null) return undefined
        if (known.failed) {
          failure = known
          break
        }
        first ??= known
      }
      if (failure === null && first !== null) {
        accept(exchange, verifier, found, first)
        return null
      }
      if (failure !== null) verdict = moreTelling(verdict, failure, verifier.source)
    }
    return verdict
  }

  async later(exchange: GuardedExchange, now: number): Promise<TokenVerdict> {
    let verdict: TokenVerdict = null
    for (const verifier of this.#rules) {
      const found = verifier.places.find(exchange)
      if (found === null) continue
      const outcomes = await Promise.all(
        found.map(({ token }) => verifier.known(token, now) ?? verifier.verify(token, now)),
      )
      const failure = outcomes.find((outcome) => outcome.failed) ?? null
      const first = outcomes[0]
      if (failure === null && first?.failed === false) {
        if (!exchange.ended) accept(exchange, verifier, found, first)
        return null
      }
      if (failure !== null) verdict = moreTelling(verdict, failure, verifier.source)
    }
    return verdict
  }
}

function moreTelling(before: TokenVerdict, failure: JwtFailure, source: string): TokenVerdict {
  return before === null || (before.failure.weak && !failure.weak) ? { failure, source } : before
}

/** Who asks is known; the token itself goes no further unless the rule says so: it is a secret, and not the application's. */
function accept(
  exchange: GuardedExchange,
  { rule }: RuleVerifier,
  found: readonly FoundToken[],
  verified: VerifiedToken,
): void {
  exchange.jwt = verified
  if (rule.forwardOriginalToken !== true) {
    for (const { header, parameter } of found) {
      if (header !== null) exchange.removeHeader(header)
      if (parameter !== null) exchange.query = withoutParameter(exchange.query, parameter)
    }
  }
  if (rule.outputPayloadToHeader !== undefined)
    exchange.setHeader(rule.outputPayloadToHeader.toLowerCase(), verified.payload)
  for (const { header, claim } of rule.outputClaimToHeaders ?? []) {
    const value = claimText(verified.claims, claim)
    if (value !== null) exchange.setHeader(header.toLowerCase(), value)
  }
}
