/** One pool for each replica, in UTC, closed last: what is still in flight when the process is told to stop may need it. */
import type { Sidecar } from '@meshmart/sidecar'
import { PrismaPg } from '@prisma/adapter-pg'
import { type DynamicModule, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common'
import type { SqlDriverAdapterFactory } from '@prisma/client/runtime/client'
import { MESH } from '../bootstrap/tokens.ts'
import { Log } from '../log/log.ts'
import { type DatabaseSettings, SETTINGS } from '../settings/settings.ts'
import { DATABASE, type Database } from './database.ts'

/** The class that `prisma generate` writes. */
export type PrismaClientClass = new (options: { adapter: SqlDriverAdapterFactory }) => Database

@Injectable()
class DatabaseLifetime implements OnApplicationShutdown {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(MESH) mesh: Pick<Sidecar, 'addReadinessCheck'>,
  ) {
    mesh.addReadinessCheck('database', async () => {
      await database.$queryRawUnsafe('SELECT 1')
    })
  }

  async onApplicationShutdown(): Promise<void> {
    await this.database.$disconnect()
  }
}

@Module({})
export class PrismaModule {
  /** Makes the service's own PrismaClient injectable everywhere, and DATABASE for the kit. Needs `databaseSettingsShape` in the settings. */
  static forClient(client: PrismaClientClass): DynamicModule {
    return {
      module: PrismaModule,
      global: true,
      providers: [
        {
          provide: client,
          inject: [SETTINGS, Log],
          useFactory: (settings: DatabaseSettings, log: Log) => new client({ adapter: adapterFor(settings, log) }),
        },
        { provide: DATABASE, useExisting: client },
        DatabaseLifetime,
      ],
      exports: [client, DATABASE],
    }
  }
}

function adapterFor(settings: DatabaseSettings, log: Log): PrismaPg {
  return new PrismaPg(
    {
      connectionString: settings.DATABASE_URL,
      max: settings.DATABASE_POOL_SIZE,
      connectionTimeoutMillis: 5_000,
      // Prisma reads timestamps as UTC whatever the session says. Who falls silent within a transaction (a process that was stopped, a machine that sleeps) loses it:
      // else the rows that it has locked are nobody's until it wakes.
      options: '-c timezone=UTC -c idle_in_transaction_session_timeout=5s',
    },
    {
      onPoolError: (error) => log.warn('an idle database connection broke', { error }),
      statementNameGenerator: preparedStatements(),
    },
  )
}

/** More texts than a service has; what comes after them is not prepared, so that a connection's memory has an end. */
const PREPARED_AT_MOST = 500

/** A name for each text, so that PostgreSQL parses and plans it once for each connection and not each time. */
function preparedStatements(): (query: { readonly sql: string; readonly args: readonly unknown[] }) => string {
  const names = new Map<string, string>()
  return ({ sql, args }) => {
    const known = names.get(sql)
    if (known !== undefined) return known
    // BEGIN and the like: nothing to plan. An empty name is none.
    if (args.length === 0 || names.size === PREPARED_AT_MOST) return ''
    const name = `meshmart_${names.size + 1}`
    names.set(sql, name)
    return name
  }
}
