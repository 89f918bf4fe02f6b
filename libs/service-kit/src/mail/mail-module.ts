import { type BeforeApplicationShutdown, Inject, Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common'
import { z } from 'zod'
import { DATABASE, type Database } from '../database/database.ts'
import { Log } from '../log/log.ts'
import { SETTINGS } from '../settings/settings.ts'
import { MailOutbox } from './mail-outbox.ts'
import { MailRelay } from './mail-relay.ts'

/** Spread into the settings of a service that sends e-mail. */
export const mailSettingsShape = {
  /** Without it e-mails wait in the database. */
  SMTP_URL: z
    .string()
    .refine((text) => URL.canParse(text) && ['smtp:', 'smtps:'].includes(new URL(text).protocol), {
      message: 'must be a URL that begins with smtp:// or smtps://',
    })
    .optional(),
  MAIL_FROM: z.email().default('shop@meshmart.example'),
}
export type MailSettings = Readonly<z.infer<z.ZodObject<typeof mailSettingsShape>>>

@Injectable()
class RelayLifetime implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #relay: MailRelay | undefined

  constructor(@Inject(SETTINGS) settings: MailSettings, @Inject(DATABASE) database: Database, log: Log) {
    const { SMTP_URL: smtpUrl, MAIL_FROM: from } = settings
    if (smtpUrl === undefined) return
    this.#relay = new MailRelay({ database, smtpUrl, from, domain: from.slice(from.indexOf('@') + 1), log })
  }

  onApplicationBootstrap(): void {
    this.#relay?.start()
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#relay?.stop()
  }
}

/** For services that send e-mail: needs PrismaModule and the table of `sql/mail.sql`. */
@Module({ providers: [MailOutbox, RelayLifetime], exports: [MailOutbox] })
export class MailModule {}
