/**
 * Slows down whoever tries passwords: ten tries per e-mail and address in five minutes. It stands in the database, so that it holds for all
 * replicas and over a restart. An address alone is not limited, because whole offices and load tests come from one.
 */
import { createHash } from 'node:crypto'
import { CLOCK, type Clock, Database } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'

export const SIGN_IN_TRIES = 10
export const SIGN_IN_WINDOW_SECONDS = 300

@Injectable()
export class SignInLimit {
  constructor(
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Counts a try and says whether it may be made. One statement, so that tries at the same moment are all counted. */
  async admits(email: string, address: string): Promise<boolean> {
    const now = this.clock.now()
    const windowEnded = new Date(now.getTime() - SIGN_IN_WINDOW_SECONDS * 1000)
    const [row] = await this.database.query<{ attempts: number }>`
      INSERT INTO "sign_in_attempt" AS "past" ("key_hash", "attempts", "window_started_at")
      VALUES (${keyOf(email, address)}, 1, ${now})
      ON CONFLICT ("key_hash") DO UPDATE SET
        "attempts" = CASE WHEN "past"."window_started_at" <= ${windowEnded} THEN 1 ELSE "past"."attempts" + 1 END,
        "window_started_at" = CASE WHEN "past"."window_started_at" <= ${windowEnded} THEN ${now} ELSE "past"."window_started_at" END
      RETURNING "attempts"`
    return row !== undefined && row.attempts <= SIGN_IN_TRIES
  }

  /** Whoever knows the password starts afresh. */
  async forgive(email: string, address: string): Promise<void> {
    await this.database.execute`DELETE FROM "sign_in_attempt" WHERE "key_hash" = ${keyOf(email, address)}`
  }
}

const keyOf = (email: string, address: string): Buffer<ArrayBuffer> =>
  createHash('sha256').update(`${email}\0${address}`).digest()
