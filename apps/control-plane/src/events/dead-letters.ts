/**
 * Events that services have given up. To replay one is to publish the same event again under its own subject: whoever has handled it knows that by its id, and
 * who gave it up gets another try. It is published before it is taken off the stream, so that a crash in between replays it twice and loses nothing.
 */
import {
  DEAD_LETTER_HEADERS as HEADERS,
  DEAD_LETTERS_STREAM,
  DeadLetter,
  type DeadLetterList,
  type DeadLetterOutcome,
} from '@meshmart/contracts'
import {
  DeliverPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstream,
  jetstreamManager,
  type JsMsg,
  type StoredMsg,
} from '@nats-io/jetstream'
import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node'
import type { Logger } from 'pino'

const TIMEOUT_MS = 5_000
const EVENT_SUBJECT = /^events\.[a-z0-9.-]+$/

export class DeadLetters {
  readonly #nc: NatsConnection
  readonly #log: Logger

  constructor(nc: NatsConnection, log: Logger) {
    this.#nc = nc
    this.#log = log
  }

  /** The oldest first. @param service null: of all */
  async list(service: string | null, limit: number): Promise<DeadLetterList> {
    const { streams } = await jetstreamManager(this.#nc)
    const filter = `dead.${service ?? '*'}.>`
    const { state } = await streams.info(DEAD_LETTERS_STREAM, { subjects_filter: filter })
    const total = Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0)
    if (total === 0) return { letters: [], total }
    const consumer = await jetstream(this.#nc).consumers.get(DEAD_LETTERS_STREAM, {
      deliver_policy: DeliverPolicy.All,
      filter_subjects: filter,
    })
    const letters: DeadLetter[] = []
    const wanted = Math.min(limit, total)
    for await (const message of await consumer.fetch({ max_messages: wanted, expires: TIMEOUT_MS })) {
      letters.push(letterOf(message, message.headers))
      if (letters.length === wanted) break
    }
    await consumer.delete()
    return { letters, total }
  }

  /** Undefined where it was replayed or discarded, has expired, or never was. */
  async read(sequence: number): Promise<DeadLetter | undefined> {
    const { streams } = await jetstreamManager(this.#nc)
    const stored = await streams.getMessage(DEAD_LETTERS_STREAM, { seq: sequence })
    return stored === null ? undefined : letterOf(stored, stored.header)
  }

  /** @param by SPIFFE id of who asks for it */
  replay(sequences: readonly number[], by: string): Promise<DeadLetterOutcome> {
    return this.#each(sequences, async (stored, sequence) => {
      const subject = stored.header.get(HEADERS.subject)
      if (!EVENT_SUBJECT.test(subject)) throw new Error(`dead letter ${sequence} has no subject to be replayed to`)
      const msgID = `replay ${sequence}`
      await jetstream(this.#nc).publish(subject, stored.data, { msgID, timeout: TIMEOUT_MS })
      this.#log.info({ sequence, subject, by }, 'dead letter replayed')
    })
  }

  discard(sequences: readonly number[], by: string): Promise<DeadLetterOutcome> {
    return this.#each(sequences, (stored, sequence) => {
      this.#log.warn({ sequence, subject: stored.subject, by }, 'dead letter discarded')
    })
  }

  async #each(
    sequences: readonly number[],
    act: (stored: StoredMsg, sequence: number) => Promise<void> | void,
  ): Promise<DeadLetterOutcome> {
    const { streams } = await jetstreamManager(this.#nc)
    const done: number[] = []
    const missing: number[] = []
    for (const sequence of sequences) {
      const stored = await streams.getMessage(DEAD_LETTERS_STREAM, { seq: sequence })
      if (stored === null) {
        missing.push(sequence)
        continue
      }
      await act(stored, sequence)
      await streams.deleteMessage(DEAD_LETTERS_STREAM, sequence).catch(unlessGone)
      done.push(sequence)
    }
    return { done, missing }
  }
}

/** Somebody else was faster. */
function unlessGone(error: unknown): void {
  const gone = error instanceof JetStreamApiError && error.code === JetStreamApiCodes.NoMessageFound
  if (!gone) throw error
}

/** What a consumer and a look-up have in common. */
type Message = Pick<JsMsg & StoredMsg, 'seq' | 'subject' | 'time' | 'json' | 'string'>

function letterOf(message: Message, headers: MsgHdrs | undefined): DeadLetter {
  const head = (name: string): string => headers?.get(name) ?? ''
  const [, service = ''] = message.subject.split('.')
  return DeadLetter.parse({
    sequence: message.seq,
    service,
    subject: head(HEADERS.subject),
    eventSequence: Number(head(HEADERS.sequence)),
    deliveries: Number(head(HEADERS.deliveries)),
    reason: head(HEADERS.reason),
    error: head(HEADERS.error),
    at: message.time.toISOString(),
    event: eventOf(message),
  })
}

function eventOf(message: Message): unknown {
  try {
    return message.json()
  } catch {
    // What is no JSON is a reason to be here, and is shown as it is.
    return message.string()
  }
}
