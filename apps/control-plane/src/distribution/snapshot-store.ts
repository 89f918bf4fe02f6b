/**
 * The bucket `mesh` as the control plane writes it. It remembers what stands there, so that a snapshot which did not change is not written
 * again: an unchanged write would wake every sidecar for nothing.
 */
import type { KV } from '@nats-io/kv'

interface Written {
  readonly value: string
  readonly revision: number
}

export class SnapshotStore {
  readonly #bucket: KV
  readonly #written: Map<string, Written>

  private constructor(bucket: KV, written: Map<string, Written>) {
    this.#bucket = bucket
    this.#written = written
  }

  /** Reads what the bucket holds from before. */
  static async open(bucket: KV): Promise<SnapshotStore> {
    const written = new Map<string, Written>()
    const { streamInfo } = await bucket.status()
    if (streamInfo.state.messages > 0) {
      for await (const entry of await bucket.history()) {
        if (entry.operation === 'PUT') written.set(entry.key, { value: entry.string(), revision: entry.revision })
      }
    }
    return new SnapshotStore(bucket, written)
  }

  /** Keys that begin with `prefix`, without those that were removed. */
  keys(prefix: string): string[] {
    return [...this.#written.keys()].filter((key) => key.startsWith(prefix))
  }

  /** The snapshot that stands under a key; T is what the key's kind says in snapshot.ts. */
  read<T>(key: string): T | undefined {
    const written = this.#written.get(key)
    return written && (JSON.parse(written.value) as T)
  }

  revision(key: string): number | undefined {
    return this.#written.get(key)?.revision
  }

  /** Writes a snapshot if it differs from what stands there; true if it was written. */
  async put(key: string, snapshot: object): Promise<boolean> {
    const value = JSON.stringify(snapshot)
    if (this.#written.get(key)?.value === value) return false
    const revision = await this.#bucket.put(key, value)
    this.#written.set(key, { value, revision })
    return true
  }

  async remove(key: string): Promise<void> {
    if (!this.#written.has(key)) return
    await this.#bucket.delete(key)
    this.#written.delete(key)
  }
}
