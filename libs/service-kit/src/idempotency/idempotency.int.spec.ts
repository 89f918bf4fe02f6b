import { randomUUID } from 'node:crypto'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Database, type Transaction } from '../database/database.ts'
import { NotesModule, notesMigrations } from '../testing/notes-service.ts'
import { createTestApplication } from '../testing/test-application.ts'
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts'
import { startTestNats, type TestNats } from '../testing/test-nats.ts'
import { Idempotency } from './idempotency.ts'

let database: TestDatabase
let nats: TestNats
let app: NestFastifyApplication
let idempotency: Idempotency
let sql: Database

beforeAll(async () => {
  database = await createTestDatabase({ service: 'notes', migrations: notesMigrations })
  nats = await startTestNats()
  app = await createTestApplication({
    module: NotesModule,
    settings: { MESH_WORKLOAD: 'notes', DATABASE_URL: database.url, DATABASE_POOL_SIZE: 12 },
    nats: nats.connection,
  })
  idempotency = app.get(Idempotency)
  sql = app.get(Database)
})
afterAll(async () => {
  await app?.close()
  await nats?.stop()
  await database?.drop()
})

const addNote = (text: string) => async (tx: Transaction) => {
  const id = randomUUID()
  await tx.execute`INSERT INTO note (id, text, at) VALUES (${id}::uuid, ${text}, ${new Date()})`
  return { status: 201, body: { id } }
}

const notes = async (text: string): Promise<number> => (await sql.query`SELECT FROM note WHERE text = ${text}`).length

describe('Idempotency', () => {
  it('has one effect and one answer for ten at the same time', async () => {
    const key = randomUUID()
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => idempotency.run('add', key, 'f', addNote('ten'))),
    )
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1)
    expect(answers.filter((answer) => !answer.replayed)).toHaveLength(1)
    expect(await notes('ten')).toBe(1)
  })

  it('refuses another body under the same key', async () => {
    const key = randomUUID()
    await idempotency.run('add', key, 'one', addNote('x'))
    await expect(idempotency.run('add', key, 'two', addNote('x'))).rejects.toMatchObject({
      code: 'idempotency-key-reused',
    })
    expect((await idempotency.run('other scope', key, 'two', addNote('x'))).replayed).toBe(false)
  })

  it('frees the key where the work fails, and keeps none of its changes', async () => {
    const key = randomUUID()
    const failing = async (tx: Transaction) => {
      await addNote('lost')(tx)
      throw new Error('half-way')
    }
    await expect(idempotency.run('add', key, 'f', failing)).rejects.toThrow('half-way')
    expect(await notes('lost')).toBe(0)
    expect((await idempotency.run('add', key, 'f', addNote('found'))).replayed).toBe(false)
  })

  it('frees the key of a process that dies half-way', async () => {
    const key = randomUUID()
    const victim = new pg.Client({ connectionString: database.url })
    victim.on('error', () => undefined)
    await victim.connect()
    await victim.query('BEGIN')
    await victim.query(
      `INSERT INTO idempotency_key (scope, key, fingerprint, created_at) VALUES ('add', $1, 'f', now())`,
      [key],
    )
    const second = idempotency.run('add', key, 'f', addNote('survivor'))
    const admin = new pg.Client({ connectionString: database.adminUrl })
    await admin.connect()
    const { rows } = await victim.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    await admin.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid])
    await admin.end()
    expect(await second).toMatchObject({ status: 201, replayed: false })
  })

  it('tells the second that the first is still at work', async () => {
    const key = randomUUID()
    const begun = Promise.withResolvers<void>()
    const finish = Promise.withResolvers<void>()
    const first = idempotency.run('add', key, 'f', async (tx: Transaction) => {
      begun.resolve()
      await finish.promise
      return addNote('slow')(tx)
    })
    await begun.promise
    await expect(idempotency.run('add', key, 'f', addNote('slow'))).rejects.toMatchObject({
      code: 'request-in-progress',
    })
    finish.resolve()
    expect((await first).replayed).toBe(false)
    expect((await idempotency.run('add', key, 'f', addNote('slow'))).replayed).toBe(true)
  })
})
