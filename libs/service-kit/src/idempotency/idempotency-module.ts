import { Injectable, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'
import sql from 'sql-template-tag'
import { Database } from '../database/database.ts'
import { Retention } from '../database/retention.ts'
import { Log } from '../log/log.ts'
import { Idempotency } from './idempotency.ts'

@Injectable()
class KeyRetention implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #retention: Retention

  constructor(database: Database, log: Log) {
    const statement = sql`DELETE FROM "idempotency_key" WHERE "created_at" < now() - interval '7 days'`
    this.#retention = new Retention(database, log, statement)
  }

  onApplicationBootstrap(): void {
    this.#retention.start()
  }

  onApplicationShutdown(): void {
    this.#retention.stop()
  }
}

/** For services that take an `Idempotency-Key`: needs DatabaseModule and the table of `sql/idempotency.sql`. */
@Module({ providers: [Idempotency, KeyRetention], exports: [Idempotency] })
export class IdempotencyModule {}
