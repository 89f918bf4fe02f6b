/**
 * Istio's StringMatch as an object that answers without allocating. Patterns are compiled when a snapshot arrives, so that a request pays
 * for a comparison only.
 */
import { compileRegex } from './regex.ts'
import type { StringMatch } from './snapshot.ts'

export interface StringMatcher {
  matches(value: string): boolean
}

/** @param ignoreCase Istio's `ignoreUriCase`: for exact and prefix, never for regex */
export function prepareStringMatch(match: StringMatch, ignoreCase = false): StringMatcher {
  if (match.kind === 'regex') return compileRegex(match.value)
  const value = ignoreCase ? match.value.toLowerCase() : match.value
  const matcher = match.kind === 'exact' ? new ExactMatcher(value) : new PrefixMatcher(value)
  return ignoreCase ? new CaseBlindMatcher(matcher) : matcher
}

class ExactMatcher implements StringMatcher {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  matches(value: string): boolean {
    return value === this.#value
  }
}

class PrefixMatcher implements StringMatcher {
  readonly #prefix: string
  constructor(prefix: string) {
    this.#prefix = prefix
  }
  matches(value: string): boolean {
    return value.startsWith(this.#prefix)
  }
}

class CaseBlindMatcher implements StringMatcher {
  readonly #lowerCase: StringMatcher
  constructor(lowerCase: StringMatcher) {
    this.#lowerCase = lowerCase
  }
  matches(value: string): boolean {
    return this.#lowerCase.matches(value.toLowerCase())
  }
}
