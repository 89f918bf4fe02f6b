/**
 * From a revision of the configuration to the sidecars that run it: first the replica that leads publishes what changed, then each sidecar that follows one of
 * those keys says that it runs it, or why not. Nobody polls: whatever was heard wakes whoever waits.
 */
import { EventEmitter } from 'node:events'
import type { Rollout } from '@meshmart/contracts'
import type { Acknowledgements, Follower } from './acknowledgements.ts'
import { Progress, type Reach } from './progress.ts'
import type { SnapshotStore } from './snapshot-store.ts'

/** Key of the bucket `mesh` that is written last, when everything of a revision is there. */
export const PUBLISHED = 'published'
export interface Published {
  /** Of the applied configuration. */
  readonly revision: number
  /** Digest of the folder. */
  readonly folder: string
}

export interface RolloutParts {
  readonly store: () => SnapshotStore
  readonly acknowledgements: Acknowledgements
}

export class Rollouts {
  readonly #parts: RolloutParts
  readonly #progress = new Progress()
  readonly #news = new EventEmitter().setMaxListeners(0)
  #telling = false

  constructor(parts: RolloutParts) {
    this.#parts = parts
  }

  /** A snapshot was written, or an acknowledgement was heard. Many come at once: whoever waits looks once at all of them. */
  tell(): void {
    if (this.#telling) return
    this.#telling = true
    setImmediate(() => {
      this.#telling = false
      this.#news.emit('news')
    })
  }

  /** @returns stops it. @param listener hears that a snapshot was written, or an acknowledgement heard */
  onNews(listener: () => void): () => void {
    this.#news.on('news', listener)
    return () => this.#news.off('news', listener)
  }

  /** How far a revision has come by now. */
  reached(): (revision: number) => Reach {
    const store = this.#parts.store()
    const published = store.read<Published>(PUBLISHED)?.revision ?? 0
    this.#progress.saw(published, store.latest, (after) => store.changedSince(after))
    const known = new Map<number, Reach>()
    return (revision) => {
      const reach =
        known.get(revision) ?? this.#progress.reach(revision, (keys) => this.#parts.acknowledgements.followersOf(keys))
      known.set(revision, reach)
      return reach
    }
  }

  /** Where the bucket is now: what comes later belongs to the change that is about to begin. */
  mark(): { readonly after: number; readonly began: number } {
    return { after: this.#parts.store().latest, began: performance.now() }
  }

  /** Waits until `revision` is published and acknowledged, at most `limitMs` after `mark`. */
  async follow(revision: number, mark: { after: number; began: number }, limitMs: number): Promise<Rollout> {
    const { store } = this.#parts
    const elapsed = (): number => Math.round((performance.now() - mark.began) * 10) / 10
    const until = mark.began + limitMs
    const published = await this.#until(() => (store().read<Published>(PUBLISHED)?.revision ?? 0) >= revision, until)
    if (!published) return { publishedMs: null, acknowledgedMs: null, concerned: 0, refused: [], missing: [] }
    const publishedMs = elapsed()
    const wanted = store().changedSince(mark.after)
    const concerned = (): Follower[] => this.#parts.acknowledgements.followersOf([...wanted.keys()])
    const missing = (): Follower[] => concerned().filter(({ key, heard }) => heard.revision < (wanted.get(key) ?? 0))
    const all = await this.#until(() => !this.#parts.acknowledgements.isBehind(wanted), until)
    const refused = concerned().filter(({ key, heard }) => !heard.accepted && heard.revision >= (wanted.get(key) ?? 0))
    return {
      publishedMs,
      acknowledgedMs: all ? elapsed() : null,
      concerned: concerned().length,
      refused: refused.map(({ proxy, key, heard }) => ({ proxy, key, reason: heard.reason ?? '' })),
      missing: missing().map(({ proxy, key }) => ({ proxy, key })),
    }
  }

  /** Resolves when `condition` has come true, or `limitMs` are over. */
  async until(condition: () => boolean, limitMs: number): Promise<void> {
    await this.#until(condition, performance.now() + limitMs)
  }

  /** @param until by `performance.now()`. @returns false where the time was over first */
  #until(condition: () => boolean, until: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true)
    return new Promise((resolve) => {
      const look = (): void => {
        if (condition()) end(true)
      }
      const timer = setTimeout(() => end(false), Math.max(0, until - performance.now()))
      const end = (answer: boolean): void => {
        clearTimeout(timer)
        this.#news.off('news', look)
        resolve(answer)
      }
      this.#news.on('news', look)
    })
  }
}
