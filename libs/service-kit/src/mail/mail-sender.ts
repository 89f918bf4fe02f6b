/** One e-mail to the SMTP server (RFC 5321), and what its answer means for this e-mail and for the others. */
import { createTransport, type Transporter } from 'nodemailer'
import { isThisMachine } from './mail-settings.ts'

/** Over all of them nodemailer gives up within 20 s. */
const smtpLimits = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 10_000 } as const
const connections = 3
/** Milliseconds; before a server might end an idle connection by itself. */
const idleTimeout = 10_000

export interface WaitingMail {
  readonly id: string
  readonly recipient: string
  readonly subject: string
  readonly body: string
  readonly createdAt: Date
}

export type Sent =
  | { readonly kind: 'sent' }
  /** The server will never take it for this recipient. */
  | { readonly kind: 'refused'; readonly words: string }
  /** The server does not take this one now. */
  | { readonly kind: 'put-off'; readonly words: string }
  /** It was not about this e-mail: the server is away, or does not want us. Whether it has it nobody knows. */
  | { readonly kind: 'failed'; readonly error: unknown }

export interface SenderOptions {
  readonly smtpUrl: string
  readonly ca: string | undefined
  readonly from: string
}

export class MailSender {
  readonly #transport: Transporter
  readonly #from: string

  constructor({ smtpUrl, ca, from }: SenderOptions) {
    this.#from = from
    const options = {
      url: smtpUrl,
      ...smtpLimits,
      pool: true,
      maxConnections: connections,
      // Sending again is the relay's business.
      maxRequeues: 0,
      idleTimeout,
      requireTLS: !isThisMachine(smtpUrl),
      ...(ca === undefined ? {} : { tls: { ca } }),
      disableFileAccess: true,
      disableUrlAccess: true,
    } as const
    this.#transport = createTransport(options)
  }

  close(): void {
    this.#transport.close()
  }

  /** Never rejects. Sent again it is the same message to the letter, under the same Message-ID (RFC 5322, 3.6.4). */
  async send({ id, recipient, subject, body, createdAt }: WaitingMail): Promise<Sent> {
    const domain = this.#from.slice(this.#from.indexOf('@') + 1)
    try {
      await this.#transport.sendMail({
        messageId: `<${id}@${domain}>`,
        date: createdAt,
        from: this.#from,
        to: { name: '', address: recipient },
        subject,
        text: body,
        // RFC 3834: whoever is on holiday need not tell us.
        headers: { 'Auto-Submitted': 'auto-generated' },
      })
      return { kind: 'sent' }
    } catch (error) {
      return meaningOf(error)
    }
  }
}

/** What RCPT and DATA are answered is about this e-mail; what is said to anything before is about us. */
function meaningOf(error: unknown): Sent {
  if (!(error instanceof Error)) return { kind: 'failed', error }
  const { code, responseCode, command } = error as { code?: unknown; responseCode?: unknown; command?: unknown }
  const isAboutThisOne = (code === 'EENVELOPE' && command === 'RCPT TO') || code === 'EMESSAGE'
  // 421: the service is going away (RFC 5321, 4.2.2).
  if (!isAboutThisOne || typeof responseCode !== 'number' || responseCode === 421) return { kind: 'failed', error }
  return { kind: responseCode >= 500 ? 'refused' : 'put-off', words: error.message }
}
