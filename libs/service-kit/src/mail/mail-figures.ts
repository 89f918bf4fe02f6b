/** What waits in the mail outbox, looked at every few seconds, for `/stats/prometheus`: also where nobody sends, because then it only grows. */
import type { Figure } from '@meshmart/sidecar'
import { Worker, type WorkerSignal } from '../background/worker.ts'
import type { Database } from '../database/database.ts'
import type { Log } from '../log/log.ts'

const everyMs = 5_000

export interface Waiting {
  readonly waiting: number
  /** Seconds. */
  readonly oldest: number
  readonly refused: number
}

export class MailFigures {
  readonly #worker: Worker
  #now: Waiting = { waiting: 0, oldest: 0, refused: 0 }

  constructor(
    private readonly database: Database,
    log: Log,
    private readonly sent: () => number,
  ) {
    this.#worker = new Worker('mail figures', log, (signal) => this.#watch(signal))
  }

  start(): void {
    this.#worker.start()
  }

  stop(): Promise<void> {
    return this.#worker.stop()
  }

  /** By metric name. */
  get all(): Readonly<Record<string, Figure>> {
    const gauge = (help: string, read: () => number): Figure => ({
      type: 'gauge',
      help: `${help}, all replicas together.`,
      read,
    })
    return {
      meshmart_mails_waiting: gauge('E-mails that are due and not sent', () => this.#now.waiting),
      meshmart_mails_oldest_waiting_seconds: gauge('Age of the oldest e-mail that is not sent', () => this.#now.oldest),
      meshmart_mails_refused: gauge('E-mails of the last day that the server will never take', () => this.#now.refused),
      meshmart_mails_sent_total: { type: 'counter', help: 'E-mails that this replica has sent.', read: this.sent },
    }
  }

  async #watch(signal: WorkerSignal): Promise<void> {
    while (!signal.stopped) {
      const [row] = await this.database.query<Waiting>`
        SELECT count(*)::int AS "waiting", coalesce(extract(epoch FROM now() - min("created_at")), 0)::float8 AS "oldest",
           (SELECT count(*) FROM "mail" WHERE "refused" IS NOT NULL AND "created_at" > now() - interval '1 day')::int AS "refused"
         FROM "mail" WHERE "sent_at" IS NULL AND "refused" IS NULL`
      this.#now = row!
      await signal.sleep(everyMs)
    }
  }
}
