/**
 * Events come at least once; their effect happens once. The row that says "handled" commits with the handler's own changes, so whatever is delivered
 * again finds it. An event that fails is asked for again, later each time; one that keeps failing becomes a dead letter, so that it holds nothing back.
 */
import { EventEnvelope, eventSchemas, type EventData, type EventType } from '@meshmart/contracts'
import { withTrace } from '@meshmart/sidecar'
import { Inject, Injectable } from '@nestjs/common'
import type { JsMsg } from '@nats-io/jetstream'
import { CLOCK, type Clock } from '../clock.ts'
import { Database, type Transaction } from '../database/database.ts'
import { Log } from '../log/log.ts'
import type { Bury } from './dead-letters.ts'

export type EventOf<T extends EventType> = Omit<EventEnvelope, 'type' | 'data'> & {
  readonly type: T
  readonly data: EventData<T>
}
type Handler = (tx: Transaction, event: EventEnvelope) => Promise<void>

/** Deliveries before an event is given up; with the pauses below that is about four minutes. */
export const maxDeliveries = 50
/** Most failures are a database that was away or had too much to do: what comes back is soon up to date, however long that took. */
const longestPauseMs = 5_000
/** Together with the wait for a connection it is over before its event is thought lost. */
const handleMs = 8_000

/** What happened to a delivery. */
export type Outcome = 'handled' | 'not-ours' | 'seen-before' | 'retried' | 'given-up'

@Injectable()
export class Inbox {
  readonly #handlers = new Map<EventType, Handler>()

  constructor(
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * Registers the one handler of a type; call it before the application has started. All that `handle` changes must go through `tx`. Throws
   * where a type already has a handler.
   */
  on<T extends EventType>(type: T, handle: (tx: Transaction, event: EventOf<T>) => Promise<void>): void {
    if (this.#handlers.has(type)) throw new Error(`${type} already has a handler`)
    // The cast holds by construction: `data` was parsed with the schema of this type.
    this.#handlers.set(type, (tx, event) => handle(tx, event as EventOf<T>))
  }

  /** Handles one delivery and acknowledges it according to the outcome. `bury` keeps what is given up. */
  async receive(message: JsMsg, bury: Bury): Promise<Outcome> {
    const deliveries = message.info.deliveryCount
    let event: EventEnvelope
    try {
      event = parse(message)
    } catch (error) {
      return this.#giveUp(message, bury, 'it cannot be read', error)
    }
    const handle = this.#handlers.get(event.type)
    if (handle === undefined) {
      message.ack()
      return 'not-ours'
    }
    try {
      const outcome = await withTrace(event.traceparent, `handle ${event.type}`, () => this.#handleOnce(event, handle))
      message.ack()
      return outcome
    } catch (error) {
      if (deliveries >= maxDeliveries) return this.#giveUp(message, bury, `it failed ${deliveries} times`, error)
      const pauseMs = Math.min(1_000 * 2 ** (deliveries - 1), longestPauseMs)
      this.log.warn(`handling ${event.type} failed and is tried again`, {
        eventId: event.id,
        deliveries,
        pauseMs,
        error,
      })
      message.nak(pauseMs)
      return 'retried'
    }
  }

  async #handleOnce(event: EventEnvelope, handle: Handler): Promise<Outcome> {
    return this.database.transaction(async (tx) => {
      const inserted = await tx.execute`
        INSERT INTO "inbox" ("event_id", "type", "handled_at")
        VALUES (${event.id}::uuid, ${event.type}, ${this.clock.now()}::timestamptz) ON CONFLICT DO NOTHING`
      if (inserted === 0) return 'seen-before'
      await handle(tx, event)
      return 'handled'
    }, handleMs)
  }

  /** A letter that cannot be written yet is asked for again as one that failed. */
  async #giveUp(message: JsMsg, bury: Bury, why: string, error: unknown): Promise<Outcome> {
    const where = { eventSubject: message.subject, streamSequence: message.seq }
    try {
      await bury(message, why, error)
    } catch (failure) {
      this.log.error(`event should be given up, and its dead letter cannot be written: ${why}`, {
        ...where,
        error: failure,
      })
      message.nak(longestPauseMs)
      return 'retried'
    }
    this.log.error(`event given up: ${why}`, { ...where, error })
    message.term(why)
    return 'given-up'
  }
}

/** Throws for an envelope of another version, a type that is not known, or data that is not what its type promises. */
function parse(message: JsMsg): EventEnvelope {
  const envelope = EventEnvelope.parse(message.json())
  return { ...envelope, data: eventSchemas[envelope.type].parse(envelope.data) }
}
