/**
 * Brings e-mails to the SMTP server, a few at a time. A relay that dies between the server's word and its own note sends them again: the row's id is the Message-ID,
 * by which whoever receives it knows that it is the same one. Every replica relays; a row is skipped while another one works on it.
 */
import { Worker, type WorkerSignal } from '../background/worker.ts'
import type { Database, Transaction } from '../database/database.ts'
import { withLimits } from '../database/limits.ts'
import type { Log } from '../log/log.ts'
import { MailSender, type SenderOptions, type Sent, type WaitingMail } from './mail-sender.ts'

const pollMs = 1_000
const batch = 10
const stopPatienceMs = 500
/** Longer than the limits of all that a connection sends of one batch. */
const sendMs = 90_000
/** The database hears nothing while the mail server is spoken to. */
const limits = withLimits({ idleMs: sendMs })
/** An e-mail that is put off waits twice as long each time, from a minute to an hour, and is given up after four days (RFC 5321, 4.5.4.1). */
const longestPauseMinutes = 60
const giveUpAfterDays = 4

export interface MailRelayOptions extends SenderOptions {
  readonly database: Database
  readonly log: Log
}

export class MailRelay {
  readonly #options: MailRelayOptions
  readonly #sender: MailSender
  readonly #worker: Worker
  #sent = 0
  #refused = 0

  constructor(options: MailRelayOptions) {
    this.#options = options
    this.#sender = new MailSender(options)
    this.#worker = new Worker('mail relay', options.log, (signal) => this.#session(signal))
  }

  /** Since the start of this replica. */
  get counts(): { readonly sent: number; readonly refused: number } {
    return { sent: this.#sent, refused: this.#refused }
  }

  start(): void {
    this.#worker.start()
  }

  /** Resolves once nothing is being sent any more. */
  async stop(): Promise<void> {
    // A server that hangs must not hold up the end of this process: what it was sent is sent again by the next one.
    const late = setTimeout(() => this.#sender.close(), stopPatienceMs)
    await this.#worker.stop()
    clearTimeout(late)
    this.#sender.close()
  }

  async #session(signal: WorkerSignal): Promise<void> {
    while (!signal.stopped) if ((await this.#sendSome()) === 0) await signal.sleep(pollMs)
  }

  /** How many were due. Throws where the server is away, once what it did take is written down: the worker comes back. */
  async #sendSome(): Promise<number> {
    const outcomes = await this.#options.database.transaction(async (tx) => {
      const mails = await tx.query<WaitingMail>`
        ${limits}
        SELECT "id"::text AS "id", "recipient", "subject", "body", "created_at" AS "createdAt" FROM limits, "mail"
        WHERE "sent_at" IS NULL AND "refused" IS NULL AND "due_at" <= now() ORDER BY "due_at", "id" LIMIT ${batch}::int
        FOR UPDATE OF "mail" SKIP LOCKED`
      const sent = await Promise.all(mails.map((mail) => this.#sender.send(mail)))
      note(tx, mails, sent)
      return mails.map(({ id }, index) => ({ id, outcome: sent[index]! }))
    }, sendMs)
    for (const { id, outcome } of outcomes) this.#count(id, outcome)
    for (const { outcome } of outcomes) if (outcome.kind === 'failed') throw outcome.error
    return outcomes.length
  }

  #count(mailId: string, outcome: Sent): void {
    if (outcome.kind === 'sent') this.#sent++
    if (outcome.kind === 'refused') this.#refused++
    if (outcome.kind === 'refused' || outcome.kind === 'put-off')
      this.#options.log.warn(`an e-mail was ${outcome.kind}`, { mailId })
  }
}

function note(tx: Transaction, mails: readonly WaitingMail[], outcomes: readonly Sent[]): void {
  const idsOf = (kind: Sent['kind']): string[] =>
    mails.flatMap(({ id }, index) => (outcomes[index]!.kind === kind ? [id] : []))
  const sent = idsOf('sent')
  if (sent.length > 0) {
    tx.send`
      UPDATE "mail" SET "sent_at" = clock_timestamp(), "recipient" = '', "subject" = '', "body" = ''
      WHERE "id" = ANY(${sent}::uuid[])`
  }
  for (const [index, { id }] of mails.entries()) {
    const outcome = outcomes[index]!
    if (outcome.kind !== 'refused' && outcome.kind !== 'put-off') continue
    tx.send`
      UPDATE "mail" SET "attempts" = "attempts" + 1,
        "due_at" = clock_timestamp() + make_interval(mins => least(2 ^ least("attempts", 10), ${longestPauseMinutes}::float8)::int),
        "refused" = CASE WHEN ${outcome.kind === 'refused'}::boolean
            OR "created_at" < now() - make_interval(days => ${giveUpAfterDays}::int) THEN ${outcome.words}::text END
      WHERE "id" = ${id}::uuid`
  }
}
