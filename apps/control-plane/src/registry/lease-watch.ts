/**
 * Follows the bucket `leases`. A lease ends in one of two ways, and both reach the watcher as a message: its owner deletes it (`KV-Operation: DEL`), or it
 * expires and the server leaves a delete marker (`Nats-Marker-Reason: MaxAge`, NATS 2.11).
 *
 * Of all that the control plane hears renewals are the most, 2,000 a second for 3,000 replicas, and hardly one of them says anything new. So the messages are
 * taken as they come, without a bucket's entries and iterators around them, and one that says the same bytes again is not looked at further (docs/scale.md).
 */
import { DeliverPolicy, type JetStreamClient, type JsMsg } from '@nats-io/jetstream'
import type { Logger } from 'pino'
import { parseLeaseKey, readLease, type LeaseKey } from './lease.ts'
import type { Registry } from './registry.ts'

export interface LeaseWatchOptions {
  readonly js: JetStreamClient
  readonly registry: Registry
  readonly trustDomain: string
  readonly log: Logger
  /** A lease has come or changed. */
  readonly changed: () => void
  /** A lease was deleted or has expired. */
  readonly ended: (key: LeaseKey) => void
}

const STREAM = 'KV_leases'
const PREFIX = '$KV.leases.'

/** Starts to follow; the answer stops it. */
export async function watchLeases(options: LeaseWatchOptions): Promise<() => void> {
  const known = new Map<string, Uint8Array>()
  const consumer = await options.js.consumers.getPushConsumer(STREAM, { deliver_policy: DeliverPolicy.LastPerSubject })
  const messages = await consumer.consume({ callback: (message) => take(message, known, options) })
  void messages.closed().then((error) => {
    if (error !== undefined) options.log.error({ err: error }, 'leases are no longer watched')
  })
  return () => messages.stop()
}

/** @param known what each lease said last, by its subject */
function take(message: JsMsg, known: Map<string, Uint8Array>, options: LeaseWatchOptions): void {
  const { subject, data } = message
  const before = known.get(subject)
  if (before !== undefined && Buffer.compare(before, data) === 0) return
  const name = subject.slice(PREFIX.length)
  const key = parseLeaseKey(name)
  if (key === null) {
    options.log.warn({ key: name }, 'lease ignored: its key is not <namespace>.<service>.<instance>')
    return
  }
  if (isEnd(message)) {
    known.delete(subject)
    options.registry.end(key)
    options.ended(key)
    return
  }
  try {
    const news = options.registry.renew(key, readLease(key, JSON.parse(message.string()), options.trustDomain))
    // A copy: the message is a view of all that came with it.
    known.set(subject, Uint8Array.from(data))
    if (news) options.changed()
  } catch (error) {
    options.log.warn({ key: name, reason: (error as Error).message }, 'lease ignored: its value is not valid')
  }
}

function isEnd({ headers }: JsMsg): boolean {
  return headers !== undefined && (headers.has('KV-Operation') || headers.has('Nats-Marker-Reason'))
}
