/** Deletes or forgets what nobody needs any more, once an hour; a missed hour does no harm. */
import type { Log } from '../log/log.ts'
import type { Sql } from 'sql-template-tag'
import type { Database } from './database.ts'

const everyMs = 3_600_000

export class Retention {
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly database: Pick<Database, 'execute'>,
    private readonly log: Log,
    private readonly statement: Sql,
  ) {}

  start(): void {
    this.#timer = setInterval(() => void this.#tidy(), everyMs).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #tidy(): Promise<void> {
    try {
      await this.database.execute(this.statement)
    } catch (error) {
      this.log.warn('old rows could not be deleted; the next hour tries again', { error })
    }
  }
}
