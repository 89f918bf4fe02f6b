/** Deletes, once an hour, what nobody can come back to: expired sessions, old sign-in windows, and carts left for longer than a session lives. */
import { CLOCK, type Clock, Database, Log } from '@meshmart/service-kit'
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'
import { SIGN_IN_WINDOW_SECONDS } from '../accounts/sign-in-limit.ts'
import { SESSION_SECONDS } from './session-cookie.ts'

@Injectable()
export class Expiry implements OnApplicationBootstrap, OnApplicationShutdown {
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => {
      this.sweep().catch((error: unknown) => this.log.warn('expired sessions stay until the next hour', { error }))
    }, 3_600_000).unref()
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer)
  }

  async sweep(): Promise<void> {
    const now = this.clock.now().getTime()
    const before = (seconds: number): Date => new Date(now - seconds * 1000)
    await this.database.execute`DELETE FROM "session" WHERE "expires_at" <= ${before(0)}`
    await this.database.execute`
      DELETE FROM "sign_in_attempt" WHERE "window_started_at" <= ${before(SIGN_IN_WINDOW_SECONDS)}`
    // Only guests: an account can sign in again whenever it likes.
    await this.database.execute`
      DELETE FROM "cart_line" WHERE "customer_id" LIKE 'guest:%' AND "updated_at" <= ${before(SESSION_SECONDS)}`
  }
}
