/** The buckets and the stream of the mesh. The control plane alone may make them; it does so at each start and after NATS came back. */
import {
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  jetstream,
  jetstreamManager,
  type JetStreamClient,
} from '@nats-io/jetstream'
import { Kvm, type KV } from '@nats-io/kv'
import { nanos, type NatsConnection } from '@nats-io/transport-node'
import { INBOX_PREFIX } from './connection.ts'

const MINUTE_MS = 60_000
/** How long the marker of an expired lease stays, for watchers that are a moment late. */
const LEASE_MARKER_MS = 10 * MINUTE_MS

export interface Storage {
  readonly js: JetStreamClient
  readonly mesh: KV
  readonly leases: KV
}

/** Makes what is missing and opens it. */
export async function openStorage(nc: NatsConnection): Promise<Storage> {
  // Watches have an inbox setting of their own; with the default one NATS would refuse them.
  const options = { watcherPrefix: INBOX_PREFIX }
  const js = jetstream(nc, options)
  const buckets = new Kvm(js)
  const mesh = await buckets.create('mesh', { history: 1, storage: StorageType.File })
  // Leases live as long as NATS does: after its restart they would be older than their replicas.
  const leases = await buckets.create('leases', { history: 1, storage: StorageType.Memory, markerTTL: LEASE_MARKER_MS })
  await ensureEvents(nc)
  return { js, mesh, leases }
}

async function ensureEvents(nc: NatsConnection): Promise<void> {
  const { streams } = await jetstreamManager(nc)
  const policy = { max_age: nanos(7 * 24 * 60 * MINUTE_MS), duplicate_window: nanos(2 * MINUTE_MS) }
  const config = { subjects: ['events.>'], discard: DiscardPolicy.Old, ...policy }
  try {
    await streams.update('EVENTS', config)
  } catch (error) {
    if ((error as Error).message !== 'stream not found') throw error
    await streams.add({ name: 'EVENTS', storage: StorageType.File, retention: RetentionPolicy.Limits, ...config })
  }
}
