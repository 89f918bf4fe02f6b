/**
 * Events that services have given up. To replay one is to publish the same event again under its own subject: whoever has handled it knows that by its id, and
 * who gave it up gets another try. To discard one is to write down that it was decided, by whom and with the event as it came: without that word an event that
 * nobody has handled and that lies nowhere is one that was lost. Both are written before the letter is taken off the stream, so that a crash in between does it
 * twice and loses nothing.
 */
import {
  DEAD_LETTER_HEADERS as HEADERS,
  DEAD_LETTERS_STREAM,
  DISCARD_HEADERS as DISCARD,
  DISCARDED_STREAM,
  discardedSubject,
  type DeadLetter,
  type DeadLetterList,
  type DeadLetterOutcome,
  type DiscardedList,
} from '@meshmart/contracts'
import { JetStreamApiCodes, JetStreamApiError, jetstream, jetstreamManager, type StoredMsg } from '@nats-io/jetstream'
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node'
import type { Logger } from 'pino'
import { discardedOf, letterOf, readPage, TIMEOUT_MS, type PageQuery } from './letters.ts'

const EVENT_SUBJECT = /^events\.[a-z0-9.-]+$/

export class DeadLetters {
  readonly #nc: NatsConnection
  readonly #log: Logger

  constructor(nc: NatsConnection, log: Logger) {
    this.#nc = nc
    this.#log = log
  }

  /** The oldest first. */
  async list(query: PageQuery): Promise<DeadLetterList> {
    const { messages, total } = await readPage(this.#nc, DEAD_LETTERS_STREAM, 'dead', query)
    return { letters: messages.map((message) => letterOf(message, message.headers)), total }
  }

  /** What was discarded in the last 30 days, the oldest first. One that a crash has discarded twice is told twice. */
  async discarded(query: PageQuery): Promise<DiscardedList> {
    const { messages, total } = await readPage(this.#nc, DISCARDED_STREAM, 'discarded', query)
    return { discarded: messages.map(discardedOf), total }
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

  /** @param by SPIFFE id of who asks for it, and for whom */
  discard(sequences: readonly number[], by: string): Promise<DeadLetterOutcome> {
    return this.#each(sequences, async (stored, sequence) => {
      await jetstream(this.#nc).publish(discardedSubject(stored.subject), stored.data, {
        headers: recordOf(stored, by),
        msgID: `discard ${sequence}`,
        timeout: TIMEOUT_MS,
        expect: { streamName: DISCARDED_STREAM },
      })
      this.#log.warn({ sequence, subject: stored.subject, by }, 'dead letter discarded')
    })
  }

  async #each(
    sequences: readonly number[],
    act: (stored: StoredMsg, sequence: number) => Promise<void>,
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

/** The letter's own headers, without those that NATS has read when it was written. */
function recordOf({ header, seq, time }: StoredMsg, by: string): MsgHdrs {
  const record = headers()
  for (const name of Object.values(HEADERS)) if (header.has(name)) record.set(name, header.get(name))
  record.set(DISCARD.letter, String(seq))
  record.set(DISCARD.givenUp, time.toISOString())
  record.set(DISCARD.by, by)
  return record
}

/** Somebody else was faster. */
function unlessGone(error: unknown): void {
  const gone = error instanceof JetStreamApiError && error.code === JetStreamApiCodes.NoMessageFound
  if (!gone) throw error
}
