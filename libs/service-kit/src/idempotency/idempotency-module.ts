import { Inject, Injectable, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'
import { DATABASE, type Database } from '../database/database.ts'
import { Retention } from '../database/retention.ts'
import { Log } from '../log/log.ts'
import { Idempotency } from './idempotency.ts'

@Injectable()
class KeyRetention implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #retention: Retention

  constructor(@Inject(DATABASE) database: Database, log: Log) {
    const statement = `DELETE FROM "idempotency_key" WHERE "created_at" < now() - interval '7 days'`
    this.#retention = new Retention(database, log, statement)
  }

  onApplicationBootstrap(): void {
    this.#retention.start()
  }

  onApplicationShutdown(): void {
    this.#retention.stop()
  }
}

/** For services that take an `Idempotency-Key`: needs PrismaModule and the table of `sql/idempotency.sql`. */
@Module({ providers: [Idempotency, KeyRetention], exports: [Idempotency] })
export class IdempotencyModule {}
