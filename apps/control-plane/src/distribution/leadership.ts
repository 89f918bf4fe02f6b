/**
 * Which replica writes. A lease in the bucket `control` says who; each renewal names the revision of the one before, so that of two that believe in
 * themselves the server takes only one. Whoever leads believes it for less long than the lease lives: a process that slept wakes up as a follower.
 */

/** Of the lease; the server lets it end up to a second later. */
export const LEASE_MS = 3_000
export const RENEWAL_MS = 750
/** Before the end of the lease its holder stops by itself: clocks run differently fast, and a write is under way for a while. */
const MARGIN_MS = 750

export interface LeaseSeen {
  /** Null where it has ended. */
  readonly holder: string | null
  readonly revision: number
}

/** What one replica knows of the lease. It decides and does nothing; `now` is ms since 1970. */
export class Leadership {
  /** In the lease. */
  readonly self: string
  #seen: LeaseSeen = { holder: null, revision: 0 }
  #heldUntil = 0

  /** @param self unique for each process: a replica that was started again is somebody else */
  constructor(self: string) {
    this.self = self
  }

  get holder(): string | null {
    return this.#seen.holder
  }

  leads(now: number): boolean {
    return now < this.#heldUntil
  }

  /** What to try now: take what nobody holds, or renew what is ours; null where another one holds it. The answer is the revision to replace. */
  attempt(): number | null {
    return this.#seen.holder === null || this.#seen.holder === this.self ? this.#seen.revision : null
  }

  /** The attempt succeeded. @param asked when it was sent: the lease lives from there at the latest */
  won(revision: number, asked: number): void {
    this.#seen = { holder: this.self, revision }
    this.#heldUntil = asked + LEASE_MS - MARGIN_MS
  }

  /** The server said that another one was faster. What it holds is seen soon. */
  lost(): void {
    this.#heldUntil = 0
  }

  /** True if that frees the lease. */
  saw(entry: LeaseSeen): boolean {
    if (entry.revision <= this.#seen.revision) return false
    this.#seen = entry
    if (entry.holder !== this.self) this.#heldUntil = 0
    return entry.holder === null
  }
}
