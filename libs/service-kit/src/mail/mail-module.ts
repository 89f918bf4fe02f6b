import type { Sidecar } from '@meshmart/sidecar'
import { type BeforeApplicationShutdown, Inject, Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common'
import sql from 'sql-template-tag'
import { MESH } from '../bootstrap/tokens.ts'
import { Database } from '../database/database.ts'
import { Retention } from '../database/retention.ts'
import { Log } from '../log/log.ts'
import { SETTINGS } from '../settings/settings.ts'
import { MailFigures } from './mail-figures.ts'
import { MailOutbox } from './mail-outbox.ts'
import { MailRelay } from './mail-relay.ts'
import type { MailSettings } from './mail-settings.ts'

@Injectable()
class RelayLifetime implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #relay: MailRelay | undefined
  readonly #figures: MailFigures
  readonly #retention: Retention

  constructor(
    @Inject(SETTINGS) settings: MailSettings,
    database: Database,
    @Inject(MESH) mesh: Pick<Sidecar, 'addFigure'>,
    log: Log,
  ) {
    const { SMTP_URL: smtpUrl, SMTP_CA: ca, MAIL_FROM: from } = settings
    if (smtpUrl !== undefined) this.#relay = new MailRelay({ database, smtpUrl, ca, from, log })
    this.#figures = new MailFigures(database, log, () => this.#relay?.counts.sent ?? 0)
    for (const [name, figure] of Object.entries(this.#figures.all)) mesh.addFigure(name, figure)
    // Long enough for somebody to look after it.
    this.#retention = new Retention(
      database,
      log,
      sql`UPDATE "mail" SET "recipient" = '', "subject" = '', "body" = '', "refused" = 'forgotten after 30 days'
       WHERE "refused" IS NOT NULL AND "recipient" <> '' AND "created_at" < now() - interval '30 days'`,
    )
  }

  onApplicationBootstrap(): void {
    this.#relay?.start()
    this.#figures.start()
    this.#retention.start()
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#retention.stop()
    await Promise.all([this.#relay?.stop(), this.#figures.stop()])
  }
}

/** For services that send e-mail: needs DatabaseModule and the table of `sql/mail.sql`. */
@Module({ providers: [MailOutbox, RelayLifetime], exports: [MailOutbox] })
export class MailModule {}
