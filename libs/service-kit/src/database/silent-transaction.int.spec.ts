/** A replica that is stopped in the middle of a transaction must not keep everybody else from the rows that it has locked. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Module } from '@nestjs/common'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { problemOf } from '../http/problem-of.ts'
import { notesMigrations } from '../testing/notes-service.ts'
import { createTestApplication } from '../testing/test-application.ts'
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts'
import { Database } from './database.ts'
import { DatabaseModule } from './database-module.ts'

@Module({ imports: [DatabaseModule] })
class NotesModule {}

let database: TestDatabase
let app: NestFastifyApplication
let other: pg.Client

beforeAll(async () => {
  database = await createTestDatabase({ service: 'notes', migrations: notesMigrations })
  const settings = { MESH_WORKLOAD: 'notes', DATABASE_URL: database.url, DATABASE_POOL_SIZE: 2 }
  app = await createTestApplication({ module: NotesModule, settings })
  other = new pg.Client({ connectionString: database.url })
  await other.connect()
})
afterAll(async () => {
  await other.end()
  await app.close()
  await database.drop()
})

it('loses its locks after five seconds, and is told that the database is away', async () => {
  const own = app.get(Database)
  let locked = (): void => undefined
  const hasLocked = new Promise<void>((resolve) => (locked = resolve))
  const silent = own
    .transaction(async (tx) => {
      await tx.execute`SELECT pg_advisory_xact_lock(7)`
      locked()
      await sleep(9_000)
      await tx.execute`SELECT 1`
    }, 20_000)
    .catch((error: unknown) => problemOf(error).code)
  await hasLocked
  const began = performance.now()
  await other.query('SELECT pg_advisory_lock(7)')
  expect(performance.now() - began).toBeLessThan(8_000)
  expect(await silent).toBe('upstream-unavailable')
  // The broken connection is not given to whoever comes next.
  expect(await own.query`SELECT 1 AS one`).toEqual([{ one: 1 }])
})
