import type { Sidecar } from '@meshmart/sidecar'
import { type BeforeApplicationShutdown, Inject, Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common'
import sql from 'sql-template-tag'
import { MESH } from '../bootstrap/tokens.ts'
import { Database } from '../database/database.ts'
import { Retention } from '../database/retention.ts'
import { Log } from '../log/log.ts'
import { SETTINGS } from '../settings/settings.ts'
import { InboxConsumer } from './inbox-consumer.ts'
import { Inbox } from './inbox.ts'

@Injectable()
class ConsumerLifetime implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #consumer: InboxConsumer
  readonly #retention: Retention

  constructor(
    inbox: Inbox,
    @Inject(SETTINGS) settings: { readonly MESH_WORKLOAD: string },
    @Inject(MESH) mesh: Pick<Sidecar, 'nats' | 'addFigure'>,
    database: Database,
    log: Log,
  ) {
    this.#consumer = new InboxConsumer(inbox, mesh.nats, settings.MESH_WORKLOAD, log)
    for (const [name, figure] of Object.entries(this.#consumer.figures)) mesh.addFigure(name, figure)
    // Longer than the stream keeps events: what is forgotten here cannot come again.
    this.#retention = new Retention(
      database,
      log,
      sql`DELETE FROM "inbox" WHERE "handled_at" < now() - interval '30 days'`,
    )
  }

  onApplicationBootstrap(): void {
    this.#consumer.start()
    this.#retention.start()
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#retention.stop()
    await this.#consumer.stop()
  }
}

/** For services that handle events: needs DatabaseModule and the table of `sql/inbox.sql`. */
@Module({ providers: [Inbox, ConsumerLifetime], exports: [Inbox] })
export class InboxModule {}
