/**
 * Where an event ends that its service cannot handle: in the stream `DEAD_LETTERS`, as it came and with the reason, until an operator replays or discards it
 * (`meshctl dead-letters`). It is taken off the inbox only when it lies there, so that nothing is lost on the way.
 */
import { DEAD_LETTER_HEADERS as HEADERS, DEAD_LETTERS_STREAM, deadLetterSubject } from '@meshmart/contracts'
import { jetstream, type JsMsg } from '@nats-io/jetstream'
import { headers, type NatsConnection } from '@nats-io/transport-node'

const TIMEOUT_MS = 5_000
const LONGEST_REASON = 1_000

/** Rejects where the stream has not taken it. */
export type Bury = (message: JsMsg, reason: string, error: unknown) => Promise<void>

export const buryFor =
  (service: string, nats: NatsConnection): Bury =>
  async (message, reason, error) => {
    const head = headers()
    head.set(HEADERS.subject, message.subject)
    head.set(HEADERS.sequence, String(message.seq))
    head.set(HEADERS.deliveries, String(message.info.deliveryCount))
    head.set(HEADERS.reason, inOneLine(reason))
    head.set(HEADERS.error, inOneLine(error instanceof Error ? `${error.name}: ${error.message}` : String(error)))
    await jetstream(nats).publish(deadLetterSubject(service, message.subject), message.data, {
      headers: head,
      // The same delivery buried twice, after a crash in between, is one letter.
      msgID: `${service} ${message.seq}`,
      timeout: TIMEOUT_MS,
      expect: { streamName: DEAD_LETTERS_STREAM },
    })
  }

/** A header of NATS is one line of printable ASCII. */
const inOneLine = (text: string): string => text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, LONGEST_REASON)
