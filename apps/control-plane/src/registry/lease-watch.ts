/**
 * Follows the bucket `leases`. A lease ends in one of two ways, and both reach the watcher as an entry: its owner deletes it (DEL), or it
 * expires and the server leaves a delete marker (`Nats-Marker-Reason: MaxAge`, NATS 2.11), which the client reads as PURGE.
 */
import type { KV, KvWatchEntry } from '@nats-io/kv'
import type { Logger } from 'pino'
import { parseLeaseKey, readLease, type LeaseKey } from './lease.ts'
import type { Registry } from './registry.ts'

export interface LeaseWatchOptions {
  readonly bucket: KV
  readonly registry: Registry
  readonly trustDomain: string
  readonly log: Logger
  /** A lease has come or changed. */
  readonly changed: () => void
  /** A lease was deleted or has expired. */
  readonly ended: (key: LeaseKey) => void
}

/** Starts to follow; the answer stops it. */
export async function watchLeases(options: LeaseWatchOptions): Promise<() => void> {
  const entries = await options.bucket.watch()
  const known = new Map<string, string>()
  const follow = async (): Promise<void> => {
    for await (const entry of entries) {
      const key = parseLeaseKey(entry.key)
      if (key === null) {
        options.log.warn({ key: entry.key }, 'lease ignored: its key is not <namespace>.<service>.<instance>')
        continue
      }
      try {
        take(key, entry, known, options)
      } catch (error) {
        options.log.warn({ key: entry.key, reason: (error as Error).message }, 'lease ignored: its value is not valid')
      }
    }
  }
  follow().catch((error: unknown) => options.log.error({ err: error }, 'leases are no longer watched'))
  return () => entries.stop()
}

/** @param known what each lease said last: nearly all say the same again, and that is not read twice */
function take(key: LeaseKey, entry: KvWatchEntry, known: Map<string, string>, options: LeaseWatchOptions): void {
  if (entry.operation === 'PUT') {
    const text = entry.string()
    if (known.get(entry.key) === text) return
    const news = options.registry.renew(key, readLease(key, JSON.parse(text), options.trustDomain))
    known.set(entry.key, text)
    if (news) options.changed()
    return
  }
  known.delete(entry.key)
  options.registry.end(key)
  options.ended(key)
}
