/** Verified tokens by their text, so that a session pays for its signature once. Bounded in number and in size: what a stranger sends never fills it, because only verified ones come in. */
import type { VerifiedToken } from './verified-token.ts'

const ENTRIES = 2000
/** Longer ones are verified each time. */
const TEXT_LENGTH = 8192

export class TokenCache {
  readonly #tokens = new Map<string, VerifiedToken>()
  readonly #entries: number

  constructor(entries = ENTRIES) {
    this.#entries = entries
  }

  get size(): number {
    return this.#tokens.size
  }

  get(text: string): VerifiedToken | undefined {
    return this.#tokens.get(text)
  }

  /** The oldest makes room. */
  set(text: string, token: VerifiedToken): void {
    if (text.length > TEXT_LENGTH) return
    if (this.#tokens.size >= this.#entries) {
      const oldest = this.#tokens.keys().next().value
      if (oldest !== undefined) this.#tokens.delete(oldest)
    }
    this.#tokens.set(text, token)
  }

  delete(text: string): void {
    this.#tokens.delete(text)
  }
}
