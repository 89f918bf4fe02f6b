/**
 * Snapshots that outlive the connection they came by. Each one that was applied is kept on disk; where NATS has nothing to say (not connected yet, or gone), the
 * one that is kept speaks after a short while, and what NATS says later replaces it.
 */
import { loadRegexEngine, needsRegexEngine } from '@meshmart/mesh-policy'
import { reasonOf, type SidecarLog } from '../log.ts'
import type { DiscoverAnswer, SnapshotSource, Watch } from '../discovery/snapshot-source.ts'
import type { StateDirectory } from './state-directory.ts'

/** NATS answers within a few milliseconds where it answers at all. */
const PATIENCE_MS = 300

export class RememberedSnapshots implements SnapshotSource {
  readonly #state: StateDirectory | null
  readonly #log: SidecarLog
  readonly #watches = new Set<RememberedWatch>()
  readonly #inForce = new Map<string, unknown>()
  #source: SnapshotSource | null = null

  /** @param state null where nothing is kept */
  constructor(state: StateDirectory | null, log: SidecarLog) {
    this.#state = state
    this.#log = log
  }

  /** NATS is there: whoever watches hears from it from now on. */
  attach(source: SnapshotSource): void {
    this.#source = source
    for (const watch of this.#watches) watch.attach(source)
  }

  watch<T>(key: string, apply: (snapshot: T | null) => void): Watch {
    const take = (snapshot: unknown): void => {
      apply(snapshot as T | null)
      if (snapshot === null) this.#inForce.delete(key)
      else this.#inForce.set(key, snapshot)
    }
    const watch = new RememberedWatch(key, take, this.#state, this.#log)
    this.#watches.add(watch)
    if (this.#source !== null) watch.attach(this.#source)
    return {
      stop: () => {
        this.#watches.delete(watch)
        this.#inForce.delete(key)
        watch.stop()
      },
    }
  }

  /** What was applied last, by key: for whoever asks what this sidecar was told. */
  inForce(): ReadonlyMap<string, unknown> {
    return this.#inForce
  }

  discover(host: string): Promise<DiscoverAnswer> {
    if (this.#source === null) return Promise.reject(new Error('NATS is not connected yet'))
    return this.#source.discover(host)
  }

  stop(): void {
    for (const watch of this.#watches) watch.stop()
    this.#watches.clear()
  }
}

class RememberedWatch {
  readonly #key: string
  readonly #apply: (snapshot: unknown) => void
  readonly #state: StateDirectory | null
  readonly #log: SidecarLog
  #watch: Watch | null = null
  #timer: NodeJS.Timeout | null = null
  /** NATS has spoken, or nobody watches any more: what is kept must not speak behind that. */
  #isOutdated = false

  constructor(key: string, apply: (snapshot: unknown) => void, state: StateDirectory | null, log: SidecarLog) {
    this.#key = key
    this.#apply = apply
    this.#state = state
    this.#log = log
    if (state !== null) this.#timer = setTimeout(() => void this.#recall(state), PATIENCE_MS)
  }

  attach(source: SnapshotSource): void {
    this.#watch = source.watch<unknown>(this.#key, (snapshot) => {
      this.#outdate()
      this.#apply(snapshot)
      // Only what was applied is remembered: the last good one.
      if (snapshot === null) this.#state?.remove(this.#key)
      else this.#state?.write(this.#key, snapshot)
    })
  }

  stop(): void {
    this.#outdate()
    this.#watch?.stop()
  }

  async #recall(state: StateDirectory): Promise<void> {
    this.#timer = null
    const snapshot = state.read(this.#key)
    if (snapshot === null) return
    try {
      if (needsRegexEngine(JSON.stringify(snapshot))) await loadRegexEngine()
      if (this.#isOutdated) return
      this.#apply(snapshot)
      this.#log.warn('discovery: NATS says nothing, going on with what was last known', { key: this.#key })
    } catch (error) {
      this.#log.error('discovery: what was last known cannot be used', { key: this.#key, reason: reasonOf(error) })
    }
  }

  #outdate(): void {
    this.#isOutdated = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}
