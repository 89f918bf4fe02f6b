/**
 * Where e-mail comes in: SMTP (RFC 5321) by the library of Nodemailer's house. Everybody may send, as to any mail server; a message is answered 250 once it is on
 * disk. Two recipients are known for making trouble, as the acquirer's test cards are: `unknown@…` is refused for good, `busy@…` for now and for ever.
 */
import { readFileSync } from 'node:fs'
import { type Log, wordsOf } from '@meshmart/contracts/log'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import { readMessage } from './message/read-message.ts'
import type { Settings } from './settings.ts'
import type { MailStore } from './store/mail-store.ts'

/** Of one message; the shop's own have about 1 KB. */
const LARGEST_BYTES = 256 * 1024
const MOST_CLIENTS = 50
const MOST_RECIPIENTS = 20
const SOCKET_TIMEOUT_MS = 20_000

/** Not listening yet. */
export function smtpDoor({ tls }: Pick<Settings, 'tls'>, store: MailStore, log: Log): SMTPServer {
  const server = new SMTPServer({
    name: 'mailbox.example.com',
    banner: 'Meshmart demo mailbox',
    disabledCommands: tls === null ? ['AUTH', 'STARTTLS'] : ['AUTH'],
    ...(tls === null ? {} : { key: readFileSync(tls.keyFile), cert: readFileSync(tls.certFile) }),
    disableReverseLookup: true,
    size: LARGEST_BYTES,
    maxClients: MOST_CLIENTS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    closeTimeout: 400,
    onMailFrom: (_address, { secure }, answer) =>
      answer(tls !== null && !secure ? reply(530, 'Must issue a STARTTLS command first') : null),
    onRcptTo: ({ address }, { envelope }, answer) => answer(refusalOf(address, envelope.rcptTo.length)),
    onData: (stream, session, answer) => {
      receive(stream, session).then(
        (words) => answer(null, words),
        (error: unknown) => answer(error instanceof Error ? error : new Error(String(error))),
      )
    },
  })
  // Whatever a client does wrong ends its own connection.
  server.on('error', (error: unknown) => log.write('debug', 'a connection broke', { error: wordsOf(error) }))

  const receive = async (stream: SMTPServerDataStream, { envelope }: SMTPServerSession): Promise<string> => {
    const source = await bytesOf(stream)
    if (source === null) throw reply(552, `More than ${LARGEST_BYTES} bytes`)
    const { messageId } = readMessage(source)
    const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
    const to = envelope.rcptTo.map(({ address }) => address)
    try {
      const isNew = await store.add(messageId, { from, to }, source, new Date())
      log.write('debug', isNew ? 'received' : 'received again', { messageId })
      return isNew ? 'Kept' : 'Known already'
    } catch (error) {
      log.write('error', 'a message could not be kept', { messageId, error: wordsOf(error) })
      throw reply(452, 'Cannot keep it now')
    }
  }
  return server
}

function refusalOf(address: string, recipients: number): Error | null {
  if (recipients >= MOST_RECIPIENTS) return reply(452, 'Too many recipients')
  const [local] = address.toLowerCase().split('@', 1)
  if (local === 'unknown') return reply(550, 'No such mailbox here')
  return local === 'busy' ? reply(450, 'Mailbox busy, try again later') : null
}

/** Null where there are too many; they are read to the end all the same, as the protocol wants it. */
async function bytesOf(stream: SMTPServerDataStream): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) if (!stream.sizeExceeded) chunks.push(chunk)
  return stream.sizeExceeded ? null : Buffer.concat(chunks)
}

const reply = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode })
