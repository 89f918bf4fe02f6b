/**
 * The bucket `mesh` as every replica sees it, and as the one that leads writes it. It remembers what stands there, so that a snapshot which did not change is
 * not written again: an unchanged write would wake every sidecar for nothing. A write says which revision it replaces, so that nobody who has slept
 * through a change of leadership can overwrite what came later.
 */
import type { JetStreamClient } from '@nats-io/jetstream'
import type { KV, KvWatchEntry } from '@nats-io/kv'
import { headers } from '@nats-io/transport-node'
import { isWrongSequence } from './storage.ts'

interface Entry {
  /** Null where it was removed. */
  readonly value: string | null
  readonly revision: number
}

/** Another replica has written under this key; what it wrote is on its way to us. */
export class Overtaken extends Error {}

/** This replica does not lead (any longer). */
export class NotLeading extends Error {}

export interface StoreOptions {
  readonly js: JetStreamClient
  /** Hears of each key that was written, once it is known here; `isForeign`: by another replica. */
  readonly changed: (key: string, isForeign: boolean) => void
  /** Whether this replica leads, asked before each write. */
  readonly mayWrite: () => boolean
}

const SUBJECT = '$KV.mesh.'
const NOTHING_WRITTEN = Promise.resolve(false)

export class SnapshotStore {
  readonly #js: JetStreamClient
  readonly #entries = new Map<string, Entry>()
  /** What was put last under a key: the very same object, which is most of them after a change, is not written down again to compare it. */
  readonly #put = new Map<string, { readonly snapshot: object; readonly value: string }>()
  readonly #writing = new Map<string, { readonly value: string | null; readonly done: Promise<void> }>()
  readonly #changed: (key: string, isForeign: boolean) => void
  readonly #mayWrite: () => boolean
  #latest = 0
  #stop: () => void = () => undefined

  private constructor({ js, changed, mayWrite }: StoreOptions) {
    this.#js = js
    this.#changed = changed
    this.#mayWrite = mayWrite
  }

  /** Reads what the bucket holds and follows it. */
  static async open(bucket: KV, options: StoreOptions): Promise<SnapshotStore> {
    const store = new SnapshotStore(options)
    const { streamInfo } = await bucket.status()
    const entries = await bucket.watch()
    store.#stop = () => entries.stop()
    const complete = new Promise<void>((resolve, reject) => {
      if (streamInfo.state.messages === 0) resolve()
      store.#follow(entries, resolve).then(() => reject(new Error('the bucket mesh is no longer watched')), reject)
    })
    await complete
    return store
  }

  stop(): void {
    this.#stop()
  }

  /** The highest revision that was seen. */
  get latest(): number {
    return this.#latest
  }

  /** Keys that begin with `prefix`, without those that were removed. */
  keys(prefix: string): string[] {
    return [...this.#entries].flatMap(([key, { value }]) => (value !== null && key.startsWith(prefix) ? [key] : []))
  }

  /** The snapshot that stands under a key; T is what the key's kind says in snapshot.ts. */
  read<T>(key: string): T | undefined {
    const value = this.#entries.get(key)?.value
    return value === undefined || value === null ? undefined : (JSON.parse(value) as T)
  }

  revision(key: string): number | undefined {
    const entry = this.#entries.get(key)
    return entry === undefined || entry.value === null ? undefined : entry.revision
  }

  /** Keys that were written after a revision and are there, with their own. */
  changedSince(after: number): Map<string, number> {
    const changed = [...this.#entries].filter(([, { value, revision }]) => value !== null && revision > after)
    return new Map(changed.map(([key, { revision }]) => [key, revision]))
  }

  /** Writes a snapshot if it differs from what stands there; true if it was written. @throws Overtaken, NotLeading */
  put(key: string, snapshot: object): Promise<boolean> {
    const last = this.#put.get(key)
    const isSame = last?.snapshot === snapshot
    // Of a large mesh nearly everything stands there already: not even a turn is waited for.
    if (isSame && !this.#writing.has(key) && this.#entries.get(key)?.value === last.value) return NOTHING_WRITTEN
    const value = isSame ? last.value : JSON.stringify(snapshot)
    this.#put.set(key, { snapshot, value })
    return this.#inTurn(key, () => {
      if (this.#entries.get(key)?.value === value) return null
      this.#onlyIfLeading()
      return { value }
    })
  }

  /** Writes what is not there yet; any replica may, because nothing is replaced. */
  async create(key: string, snapshot: object): Promise<void> {
    const work = this.#inTurn(key, () => {
      const before = this.#entries.get(key)
      return before === undefined || before.value === null ? { value: JSON.stringify(snapshot) } : null
    })
    await work.catch((error: unknown) => {
      // Then it is there.
      if (!(error instanceof Overtaken)) throw error
    })
  }

  /** @throws Overtaken, NotLeading */
  async remove(key: string): Promise<void> {
    this.#put.delete(key)
    await this.#inTurn(key, () => {
      const before = this.#entries.get(key)
      if (before === undefined || before.value === null) return null
      this.#onlyIfLeading()
      return { value: null }
    })
  }

  #onlyIfLeading(): void {
    if (!this.#mayWrite()) throw new NotLeading('another replica leads')
  }

  /** One write of a key at a time: the next one replaces what this one has written. @param decide null where nothing is to be written */
  async #inTurn(key: string, decide: () => Pick<Entry, 'value'> | null): Promise<boolean> {
    for (let ahead = this.#writing.get(key); ahead !== undefined; ahead = this.#writing.get(key)) await ahead.done
    const wanted = decide()
    if (wanted === null) return false
    const work = this.#write(key, wanted.value)
    const done = work.then(
      () => undefined,
      () => undefined,
    )
    this.#writing.set(key, { value: wanted.value, done })
    try {
      this.#take(key, { value: wanted.value, revision: await work }, false)
      return true
    } finally {
      this.#writing.delete(key)
    }
  }

  async #write(key: string, value: string | null): Promise<number> {
    const head = headers()
    if (value === null) head.set('KV-Operation', 'DEL')
    try {
      const expect = { lastSubjectSequence: this.#entries.get(key)?.revision ?? 0 }
      return (await this.#js.publish(SUBJECT + key, value ?? '', { headers: head, expect })).seq
    } catch (error) {
      if (!isWrongSequence(error)) throw error
      throw new Overtaken(`${key} was written by another replica`, { cause: error })
    }
  }

  async #follow(entries: AsyncIterable<KvWatchEntry>, complete: () => void): Promise<void> {
    for await (const entry of entries) {
      const value = entry.operation === 'PUT' ? entry.string() : null
      // What we write ourselves may be heard here before it is answered.
      const isOurs = this.#writing.get(entry.key)?.value === value
      this.#take(entry.key, { value, revision: entry.revision }, !isOurs)
      if (entry.delta === 0) complete()
    }
  }

  /** Ours comes twice: with the answer to its writing, and by the watch. */
  #take(key: string, entry: Entry, isForeign: boolean): void {
    if (entry.revision <= (this.#entries.get(key)?.revision ?? 0)) return
    this.#entries.set(key, entry)
    this.#latest = Math.max(this.#latest, entry.revision)
    this.#changed(key, isForeign)
  }
}
