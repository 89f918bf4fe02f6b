import type { Sidecar } from '@meshmart/sidecar'
import { type BeforeApplicationShutdown, Inject, Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common'
import { MESH } from '../bootstrap/tokens.ts'
import { Log } from '../log/log.ts'
import { type DatabaseSettings, SETTINGS } from '../settings/settings.ts'
import { OutboxRelay } from './outbox-relay.ts'
import { Outbox } from './outbox.ts'

@Injectable()
class RelayLifetime implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #relay: OutboxRelay

  constructor(
    @Inject(SETTINGS) settings: DatabaseSettings & { readonly MESH_WORKLOAD: string },
    @Inject(MESH) mesh: Pick<Sidecar, 'nats'>,
    log: Log,
  ) {
    this.#relay = new OutboxRelay({
      databaseUrl: settings.DATABASE_URL,
      nats: mesh.nats,
      source: settings.MESH_WORKLOAD,
      log,
    })
  }

  onApplicationBootstrap(): void {
    this.#relay.start()
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#relay.stop()
  }
}

/** For services that publish: needs DatabaseModule and the table of `sql/outbox.sql`. */
@Module({ providers: [Outbox, RelayLifetime], exports: [Outbox] })
export class OutboxModule {}
