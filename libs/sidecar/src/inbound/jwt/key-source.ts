/**
 * Where the keys of an issuer come from: the snapshot itself, or a URL. Those are fetched when the policy comes, so that the first token need not wait, are
 * kept and renewed in the background, and stay when that fails: an issuer that is down for an hour must not take everybody with it. Whoever needs them while
 * they are being fetched waits for that one fetch.
 */
import { reasonOf, type SidecarLog } from '../../log.ts'
import { KeySet } from './key-set.ts'

/** @param timeoutMs for the whole of it. @returns the body of a 200. Rejects with a reason in words */
export type FetchKeys = (url: string, timeoutMs: number) => Promise<string>

export interface KeySource {
  /** What is known at this moment; null where nothing is. */
  readonly current: KeySet | null
  /** Resolves with null where there are none and none can be had. */
  keys(): Promise<KeySet | null>
  /** A token names a key that `seen` does not have: newer ones, or `seen` where there are none. */
  newerThan(seen: KeySet): Promise<KeySet>
  close(): void
}

export class InlineKeys implements KeySource {
  readonly current: KeySet

  /** @throws Error in words where the text is no key set */
  constructor(text: string) {
    this.current = KeySet.parse(text)
  }

  keys(): Promise<KeySet> {
    return Promise.resolve(this.current)
  }
  newerThan(): Promise<KeySet> {
    return Promise.resolve(this.current)
  }
  close(): void {
    // Nothing runs.
  }
}

export interface KeyPace {
  /** How often fetched keys are renewed. */
  readonly refreshMs: number
  /** After a renewal that failed; without any keys, `leastMs` where that is sooner. */
  readonly retryMs: number
  /** At least so long between two fetches that tokens cause: a stranger with invented key ids must not become load on the issuer. */
  readonly leastMs: number
}

/** Istio's 20 minutes (`PILOT_JWT_PUB_KEY_REFRESH_INTERVAL`) and its one minute after a failure. */
export const KEY_PACE: KeyPace = { refreshMs: 20 * 60_000, retryMs: 60_000, leastMs: 3000 }

export class FetchedKeys implements KeySource {
  readonly #url: string
  readonly #timeoutMs: number
  readonly #fetch: FetchKeys
  readonly #log: SidecarLog
  readonly #pace: KeyPace
  #current: KeySet | null = null
  #underWay: Promise<void> | null = null
  #lastFetch = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | null = null
  #closed = false

  constructor(url: string, timeoutMs: number, fetch: FetchKeys, log: SidecarLog, pace: KeyPace = KEY_PACE) {
    this.#url = url
    this.#timeoutMs = timeoutMs
    this.#fetch = fetch
    this.#log = log
    this.#pace = pace
  }

  get current(): KeySet | null {
    return this.#current
  }

  /** The policy that names it is in force. Without effect where it was fetched, or tried, before. */
  begin(): void {
    if (this.#lastFetch === Number.NEGATIVE_INFINITY) void this.#fetchOnce()
  }

  async keys(): Promise<KeySet | null> {
    if (this.#current === null) await this.#fetchUnlessJustDone()
    return this.#current
  }

  async newerThan(seen: KeySet): Promise<KeySet> {
    if (this.#current === seen) await this.#fetchUnlessJustDone()
    return this.#current ?? seen
  }

  close(): void {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #fetchUnlessJustDone(): Promise<void> {
    if (this.#underWay !== null) return this.#underWay
    const since = performance.now() - this.#lastFetch
    return since < this.#pace.leastMs ? Promise.resolve() : this.#fetchOnce()
  }

  #fetchOnce(): Promise<void> {
    this.#underWay ??= this.#fetchNow().finally(() => {
      this.#underWay = null
      this.#lastFetch = performance.now()
    })
    return this.#underWay
  }

  async #fetchNow(): Promise<void> {
    let pause = this.#pace.refreshMs
    try {
      const text = await this.#fetch(this.#url, this.#timeoutMs)
      // The same text is the same set: tokens that were verified with it stay verified.
      if (text !== this.#current?.text) this.#current = KeySet.parse(text)
    } catch (error) {
      if (this.#closed) return
      pause = Math.min(pause, this.#pace.retryMs, this.#current === null ? this.#pace.leastMs : Infinity)
      const kept = this.#current !== null
      this.#log.warn('inbound: the keys of an issuer could not be fetched', {
        url: this.#url,
        reason: reasonOf(error),
        kept,
      })
    }
    if (this.#closed) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#fetchOnce(), pause)
    this.#timer.unref()
  }
}
