/** Dead letters, and records of discarded ones, as they lie in their streams: read in order, page by page, and told as what they are. */
import {
  DEAD_LETTER_HEADERS as HEADERS,
  DISCARD_HEADERS as DISCARD,
  DeadLetter,
  DiscardedLetter,
} from '@meshmart/contracts'
import { DeliverPolicy, jetstream, jetstreamManager, type JsMsg, type StoredMsg } from '@nats-io/jetstream'
import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node'

export const TIMEOUT_MS = 5_000

export interface PageQuery {
  /** Null: of all. */
  readonly service: string | null
  /** Sequence of the last one that the caller has; 0: from the beginning. */
  readonly after: number
  readonly limit: number
}

export interface Page {
  readonly messages: readonly JsMsg[]
  /** However many of them lie on other pages. */
  readonly total: number
}

/** The oldest first. @param word that the stream's subjects begin with */
export async function readPage(
  nc: NatsConnection,
  stream: string,
  word: string,
  { service, after, limit }: PageQuery,
): Promise<Page> {
  const { streams } = await jetstreamManager(nc)
  const filter = `${word}.${service ?? '*'}.>`
  const { state } = await streams.info(stream, { subjects_filter: filter })
  const total = Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0)
  if (total === 0) return { messages: [], total }
  const consumer = await jetstream(nc).consumers.get(stream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: after + 1,
    filter_subjects: filter,
  })
  const wanted = Math.min(limit, (await consumer.info(true)).num_pending)
  const messages: JsMsg[] = []
  // To ask for none would be to wait for one.
  if (wanted > 0) {
    for await (const message of await consumer.fetch({ max_messages: wanted, expires: TIMEOUT_MS })) {
      messages.push(message)
      if (messages.length === wanted) break
    }
  }
  await consumer.delete()
  return { messages, total }
}

/** What a consumer and a look-up have in common. */
type Message = Pick<JsMsg & StoredMsg, 'seq' | 'subject' | 'time' | 'json' | 'string'>

export const letterOf = (message: Message, headers: MsgHdrs | undefined): DeadLetter =>
  letter(message, headers, message.seq, message.time.toISOString())

export function discardedOf(message: JsMsg): DiscardedLetter {
  const { seq, time, headers } = message
  const head = headed(headers)
  return DiscardedLetter.parse({
    sequence: seq,
    letter: letter(message, headers, Number(head(DISCARD.letter)), head(DISCARD.givenUp)),
    by: head(DISCARD.by),
    at: time.toISOString(),
  })
}

function letter(message: Message, headers: MsgHdrs | undefined, sequence: number, at: string): DeadLetter {
  const head = headed(headers)
  const [, service = ''] = message.subject.split('.')
  return DeadLetter.parse({
    sequence,
    service,
    subject: head(HEADERS.subject),
    eventSequence: Number(head(HEADERS.sequence)),
    deliveries: Number(head(HEADERS.deliveries)),
    reason: head(HEADERS.reason),
    error: head(HEADERS.error),
    at,
    event: eventOf(message),
  })
}

const headed =
  (headers: MsgHdrs | undefined) =>
  (name: string): string =>
    headers?.get(name) ?? ''

function eventOf(message: Message): unknown {
  try {
    return message.json()
  } catch {
    // What is no JSON is a reason to be here, and is shown as it is.
    return message.string()
  }
}
