/** Reads the stream `EVENTS` page by page, for whoever has to prove that nothing is missing in it. It keeps no place there and acknowledges nothing. */
import { type EventLogPage, type LoggedEvent } from '@meshmart/contracts'
import { DeliverPolicy, jetstream, jetstreamManager, type JsMsg } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'

const STREAM = 'EVENTS'
const TIMEOUT_MS = 5_000

export class EventLog {
  readonly #nc: NatsConnection

  constructor(nc: NatsConnection) {
    this.#nc = nc
  }

  /** @param after sequence of the last event that the caller has */
  async page(after: number, limit: number): Promise<EventLogPage> {
    const { streams, consumers } = await jetstreamManager(this.#nc)
    const { state } = await streams.info(STREAM)
    const readers: EventLogPage['readers'] = []
    for await (const { config, num_pending: pending, num_ack_pending: unacknowledged } of consumers.list(STREAM))
      if (config.durable_name !== undefined) readers.push({ name: config.durable_name, pending, unacknowledged })
    const head = { firstSequence: state.messages === 0 ? 0 : state.first_seq, lastSequence: state.last_seq, readers }
    const start = Math.max(after + 1, state.first_seq)
    if (state.messages === 0 || start > state.last_seq) return { ...head, events: [], after: null }
    const events = await this.#read(start, limit, state.last_seq)
    const last = events.at(-1)?.sequence ?? state.last_seq
    return { ...head, events, after: last < state.last_seq ? last : null }
  }

  /** An ordered consumer ends with what it was made for. */
  async #read(start: number, limit: number, last: number): Promise<LoggedEvent[]> {
    const consumer = await jetstream(this.#nc).consumers.get(STREAM, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: start,
    })
    const events: LoggedEvent[] = []
    for await (const message of await consumer.fetch({ max_messages: limit, expires: TIMEOUT_MS })) {
      if (message.seq > last) break
      events.push({
        sequence: message.seq,
        subject: message.subject,
        id: idOf(message),
        at: message.time.toISOString(),
      })
      if (message.seq === last || events.length === limit) break
    }
    await consumer.delete()
    return events
  }
}

function idOf(message: JsMsg): string | null {
  try {
    const { id } = message.json<{ id?: unknown }>()
    return typeof id === 'string' ? id : null
  } catch {
    return null // no JSON: the inboxes bury it
  }
}
