/**
 * Envoy's local rate limit as a bucket that fills continuously: its tokens no longer come in portions with a timer (the guard
 * `no_timer_based_rate_limit_token_bucket` is gone), but at the rate `tokensPerFill / fillInterval` (source/common/common/token_bucket_impl.cc). It begins full.
 * Instead of a count that has to be refilled it keeps the instant at which it was empty; what has passed since then is what is in it.
 */
import type { LocalRateLimit } from './snapshot.ts'

export class TokenBucket {
  /** Milliseconds that one token takes to arrive. */
  readonly #msPerToken: number
  readonly #msToFill: number
  #emptyAt: number

  /** @throws RangeError that names the number which is not above 0 */
  constructor(limit: LocalRateLimit, now: number) {
    for (const name of ['maxTokens', 'tokensPerFill', 'fillIntervalMs'] as const) {
      if (!(limit[name] > 0)) throw new RangeError(`${limit.source}: ${name} must be above 0, is ${limit[name]}`)
    }
    this.#msPerToken = limit.fillIntervalMs / limit.tokensPerFill
    this.#msToFill = limit.maxTokens * this.#msPerToken
    this.#emptyAt = now - this.#msToFill
  }

  /** Takes one token; false where there is none. A clock that goes back takes nothing away. */
  take(now: number): boolean {
    const emptyAt = Math.max(this.#emptyAt, now - this.#msToFill)
    if (now - emptyAt < this.#msPerToken - ROUNDING) return false
    this.#emptyAt = emptyAt + this.#msPerToken
    return true
  }
}

/** Sums of fractions of a millisecond must not keep back a token that is due. */
const ROUNDING = 1e-6
