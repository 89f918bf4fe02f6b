/** One pool for each replica, closed last: what is still in flight when the process is told to stop may need it. */
import type { Sidecar } from '@meshmart/sidecar'
import { Global, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common'
import { MESH } from '../bootstrap/tokens.ts'
import { Log } from '../log/log.ts'
import { type DatabaseSettings, SETTINGS } from '../settings/settings.ts'
import { Database } from './database.ts'

@Injectable()
class DatabaseLifetime implements OnApplicationShutdown {
  constructor(
    private readonly database: Database,
    @Inject(MESH) mesh: Pick<Sidecar, 'addReadinessCheck'>,
  ) {
    mesh.addReadinessCheck('database', async () => {
      await database.query`SELECT 1`
    })
  }

  async onApplicationShutdown(): Promise<void> {
    await this.database.close()
  }
}

/** Makes Database injectable everywhere. Needs `databaseSettingsShape` in the settings. */
@Global()
@Module({
  providers: [
    {
      provide: Database,
      inject: [SETTINGS, Log],
      useFactory: (settings: DatabaseSettings, log: Log) =>
        new Database({
          url: settings.DATABASE_URL,
          poolSize: settings.DATABASE_POOL_SIZE,
          onBroken: (error) => log.warn('an idle database connection broke', { error }),
        }),
    },
    DatabaseLifetime,
  ],
  exports: [Database],
})
export class DatabaseModule {}
