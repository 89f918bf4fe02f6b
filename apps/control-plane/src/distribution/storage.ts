/** The buckets and streams of the mesh. The control plane alone may make them; it does so at each start and after NATS came back. */
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  jetstream,
  jetstreamManager,
  type JetStreamClient,
  type StreamConfig,
} from '@nats-io/jetstream'
import { DEAD_LETTERS_STREAM, DISCARDED_STREAM } from '@meshmart/contracts'
import { Kvm, type KV } from '@nats-io/kv'
import { nanos, type NatsConnection } from '@nats-io/transport-node'
import { INBOX_PREFIX } from './connection.ts'

const MINUTE_MS = 60_000
/** How long the marker of an expired lease stays, for watchers that are a moment late. */
const LEASE_MARKER_MS = 10 * MINUTE_MS

/** Applied configuration: one message for each revision. */
export const CONFIG_STREAM = 'CONFIG'
export const CONFIG_SUBJECT = 'config.revision'
const REVISIONS = 200
/** Who was given which certificate. */
export const AUDIT_STREAM = 'AUDIT'
export const AUDIT_SUBJECT = 'audit.certificates'
const AUDIT_DAYS = 90
/** What the shop's services have given up: longer than events are kept, for somebody has to look at it. */
const DEAD_LETTER_DAYS = 30
/** What was discarded of it: longer than an outbox knows an event (7 days), for until then the auditor asks what has become of it. An event tells who bought what, so no longer than a letter. */
const DISCARDED_DAYS = 30

export interface Storage {
  readonly js: JetStreamClient
  readonly mesh: KV
  /** Who leads; a lease. */
  readonly control: KV
  /** Identities that are denied. */
  readonly denied: KV
}

/** Makes what is missing and opens it. */
export async function openStorage(nc: NatsConnection): Promise<Storage> {
  // Watches have an inbox setting of their own; with the default one NATS would refuse them.
  const options = { watcherPrefix: INBOX_PREFIX }
  const js = jetstream(nc, options)
  const buckets = new Kvm(js)
  const mesh = await buckets.create('mesh', { history: 1, storage: StorageType.File })
  // Leases live as long as NATS does: after its restart they would be older than their replicas.
  await buckets.create('leases', { history: 1, storage: StorageType.Memory, markerTTL: LEASE_MARKER_MS })
  const control = await buckets.create('control', {
    history: 1,
    storage: StorageType.Memory,
    markerTTL: LEASE_MARKER_MS,
  })
  const denied = await buckets.create('denied', { history: 1, storage: StorageType.File })
  const days = (count: number): number => nanos(count * 24 * 60 * MINUTE_MS)
  const duplicates = { duplicate_window: nanos(2 * MINUTE_MS) }
  await ensure(nc, 'EVENTS', { subjects: ['events.>'], max_age: days(7), ...duplicates })
  await ensure(nc, DEAD_LETTERS_STREAM, { subjects: ['dead.>'], max_age: days(DEAD_LETTER_DAYS), ...duplicates })
  // What was done stays on record: none of them is rewritten, and only the oldest goes.
  const record = { deny_delete: true, deny_purge: true }
  const discarded = { subjects: ['discarded.>'], max_age: days(DISCARDED_DAYS), ...duplicates }
  await ensure(nc, DISCARDED_STREAM, discarded, record)
  await ensure(nc, CONFIG_STREAM, { subjects: [CONFIG_SUBJECT], max_msgs: REVISIONS }, record)
  await ensure(nc, AUDIT_STREAM, { subjects: [AUDIT_SUBJECT], max_age: days(AUDIT_DAYS) }, record)
  return { js, mesh, control, denied }
}

/** @param fixed cannot be changed later */
async function ensure(
  nc: NatsConnection,
  name: string,
  config: Partial<StreamConfig>,
  fixed: Partial<StreamConfig> = {},
): Promise<void> {
  const { streams } = await jetstreamManager(nc)
  const all = { discard: DiscardPolicy.Old, ...config }
  try {
    await streams.update(name, all)
  } catch (error) {
    if ((error as Error).message !== 'stream not found') throw error
    await streams.add({ name, storage: StorageType.File, retention: RetentionPolicy.Limits, ...all, ...fixed })
  }
}

/** The server did not take a message, because what its writer took for the last one is not. */
export function isWrongSequence(error: unknown): boolean {
  const { StreamWrongLastSequence, StreamWrongLastSequenceUnknown } = JetStreamApiCodes
  return (
    error instanceof JetStreamApiError &&
    (error.code === StreamWrongLastSequence || error.code === StreamWrongLastSequenceUnknown)
  )
}
