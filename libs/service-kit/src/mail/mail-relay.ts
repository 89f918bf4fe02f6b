/**
 * Brings e-mails to the SMTP server (RFC 5321). A relay that dies between the server's word and its own note sends the mail again: the row's id is its Message-ID
 * (RFC 5322), by which whoever receives it knows that it is the same one. Every replica relays; a row is skipped while another one works on it.
 */
import { createTransport, type Transporter } from 'nodemailer'
import { Worker, type WorkerSignal } from '../background/worker.ts'
import type { Database, SqlTransaction } from '../database/database.ts'
import type { Log } from '../log/log.ts'

const pollMs = 1_000
/** Longer than the connection, greeting and socket limits together, within which nodemailer gives up. */
const sendTransaction = { maxWait: 5_000, timeout: 30_000 } as const
const smtpLimits = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 10_000 } as const

interface MailRow {
  readonly id: string
  readonly recipient: string
  readonly subject: string
  readonly body: string
}

export interface MailRelayOptions {
  readonly database: Database
  /** `smtp://host:port`, `smtps://user:password@host:port`. */
  readonly smtpUrl: string
  readonly from: string
  /** Right-hand side of a Message-ID. */
  readonly domain: string
  readonly log: Log
}

export class MailRelay {
  readonly #options: MailRelayOptions
  readonly #transport: Transporter
  readonly #worker: Worker

  constructor(options: MailRelayOptions) {
    this.#options = options
    this.#transport = createTransport({ url: options.smtpUrl, ...smtpLimits })
    this.#worker = new Worker('mail relay', options.log, (signal) => this.#session(signal))
  }

  start(): void {
    this.#worker.start()
  }

  /** Resolves once nothing is being sent any more. */
  async stop(): Promise<void> {
    await this.#worker.stop()
    this.#transport.close()
  }

  async #session(signal: WorkerSignal): Promise<void> {
    while (!signal.stopped) if (!(await this.#sendOne())) await signal.sleep(pollMs)
  }

  /** False where nothing waits. Throws where the server does not take it: the row stays, and the worker comes back. */
  #sendOne(): Promise<boolean> {
    return this.#options.database.$transaction(async (tx: SqlTransaction) => {
      const [mail] = await tx.$queryRawUnsafe<MailRow[]>(
        `SELECT "id"::text AS "id", "recipient", "subject", "body" FROM "mail" WHERE "sent_at" IS NULL AND "refused" IS NULL
         ORDER BY "created_at", "id" LIMIT 1 FOR UPDATE SKIP LOCKED`,
      )
      if (!mail) return false
      const refusal = await this.#send(mail)
      await tx.$executeRawUnsafe(
        `UPDATE "mail" SET "sent_at" = CASE WHEN $2::text IS NULL THEN now() END, "refused" = $2 WHERE "id" = $1::uuid`,
        mail.id,
        refusal,
      )
      return true
    }, sendTransaction)
  }

  /** Null once the server has it; its words where it will never take it for this recipient, so that one wrong address holds nobody else up. */
  async #send({ id, recipient, subject, body }: MailRow): Promise<string | null> {
    const { from, domain, log } = this.#options
    try {
      await this.#transport.sendMail({ messageId: `<${id}@${domain}>`, from, to: recipient, subject, text: body })
      return null
    } catch (error) {
      if (!isPermanent(error)) throw error
      log.error('an e-mail was refused for good', { mailId: id, error })
      return error.message
    }
  }
}

/** A reply of class 5 to MAIL or RCPT (RFC 5321, 4.2.1), as nodemailer tells it; class 4 and broken connections are tried again. */
const isPermanent = (error: unknown): error is Error =>
  error instanceof Error &&
  (error as { code?: unknown }).code === 'EENVELOPE' &&
  Number((error as { responseCode?: unknown }).responseCode) >= 500
