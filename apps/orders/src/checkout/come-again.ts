/**
 * The queue outside of a full shop. Whoever finds no room is told when to come again, each a little later than the one before: told the same, all would come at once and
 * most of them in vain.
 */

/** What one replica can take in meanwhile, in a busy shop. */
const eachMs = 100
const leastMs = 1_000
/** A client that has waited for three of these has given up. */
const mostMs = 10_000

export class ComeAgain {
  #lastAt = 0

  /** In how many milliseconds. @param now in milliseconds, of any clock that only goes on */
  inMs(now: number): number {
    this.#lastAt = Math.min(Math.max(this.#lastAt + eachMs, now + leastMs), now + mostMs)
    return this.#lastAt - now
  }
}
