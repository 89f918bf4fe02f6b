/** E-mails from the row to a real SMTP server that makes trouble, with two replicas that send. */
import { randomUUID } from 'node:crypto'
import { Module } from '@nestjs/common'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Database } from '../database/database.ts'
import { DatabaseModule } from '../database/database-module.ts'
import { notesMigrations } from '../testing/notes-service.ts'
import { SmtpServerUnderTest } from '../testing/smtp-server-under-test.ts'
import { createTestApplication } from '../testing/test-application.ts'
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts'
import { MailModule } from './mail-module.ts'
import { MailOutbox } from './mail-outbox.ts'

@Module({ imports: [DatabaseModule, MailModule] })
class SendingModule {}

let database: TestDatabase
let admin: pg.Client
let server: SmtpServerUnderTest
let port: number
const apps: NestFastifyApplication[] = []

beforeAll(async () => {
  database = await createTestDatabase({ service: 'notes', migrations: notesMigrations })
  admin = new pg.Client({ connectionString: database.adminUrl })
  await admin.connect()
})
afterAll(async () => {
  await admin.end()
  await database.drop()
})
beforeEach(async () => {
  server = new SmtpServerUnderTest()
  port = await server.start()
})
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
  await server.stop()
  await admin.query('DELETE FROM mail')
})

async function startReplicas(count: number, more: object = {}): Promise<void> {
  const settings = {
    MESH_WORKLOAD: 'notes',
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: 4,
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    MAIL_FROM: 'shop@meshmart.example',
    ...more,
  }
  for (let replica = 0; replica < count; replica++)
    apps.push(await createTestApplication({ module: SendingModule, settings }))
}
async function append(subject: string, recipient = 'ada@example.org', body = 'Hello\n', dueFor: string = randomUUID()) {
  const outbox = apps[0]!.get(MailOutbox)
  await apps[0]!.get(Database).transaction(async (tx) => outbox.append(tx, { dueFor, recipient, subject, body }))
}
async function rows(columns: string): Promise<unknown[]> {
  return (await admin.query(`SELECT ${columns} FROM mail ORDER BY created_at, due_for`)).rows
}
const unsent = async (): Promise<number> =>
  (await rows('sent_at')).filter((row) => (row as { sent_at: unknown }).sent_at === null).length

describe('an e-mail that is due', () => {
  it('arrives once, whichever replica sends it, and is forgotten but for the proof', async () => {
    await startReplicas(2)
    await Promise.all(Array.from({ length: 30 }, (_, n) => append(`number ${n}`)))
    await append('number 0 again', 'ada@example.org', 'x', 'the same')
    await append('number 0 again', 'ada@example.org', 'x', 'the same')
    await expect.poll(unsent, { timeout: 20_000 }).toBe(0)
    expect(Array.from({ length: 30 }, (_, n) => server.copies(`number ${n}`))).toEqual(Array(30).fill([1]))
    expect(server.copies('number 0 again')).toEqual([1])
    expect(await rows('recipient, subject, body')).toEqual(Array(31).fill({ recipient: '', subject: '', body: '' }))
    expect(server.received[0]).toMatch(/^Auto-Submitted: auto-generated\r$/m)
  })

  it('is sent again under the same Message-ID where nobody knows whether it was taken', async () => {
    server.cuts = 2
    await startReplicas(1)
    await append('cut off')
    await expect.poll(unsent, { timeout: 20_000 }).toBe(0)
    expect(server.copies('cut off')).toEqual([3])
  })

  it('waits for a server that is away, and for one that does not want us', async () => {
    await server.stop()
    await startReplicas(1)
    await append('patient')
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(await unsent()).toBe(1)
    server = new SmtpServerUnderTest({
      disabledCommands: ['STARTTLS', 'AUTH'],
      onMailFrom: (_address, _session, answer) => answer(Object.assign(new Error('not you'), { responseCode: 550 })),
    })
    await server.start(port)
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(await rows('refused')).toEqual([{ refused: null }])
    await server.stop()
    server = new SmtpServerUnderTest()
    await server.start(port)
    await expect.poll(unsent, { timeout: 20_000 }).toBe(0)
    expect(server.copies('patient')).toEqual([1])
  })

  it('holds up no other where its recipient is refused for good, or for now', async () => {
    server.refusals.set('nobody', 550).set('full', 452)
    await startReplicas(1)
    for (const [n, local] of ['nobody', 'full', 'ada'].entries())
      await append(`to ${local}`, `${local}@example.org`, 'Hello\n', `test/${n}`)
    await expect.poll(() => server.copies('to ada'), { timeout: 20_000 }).toEqual([1])
    await expect
      .poll(() => rows('recipient, refused, attempts, due_at > now() AS later'), { timeout: 5_000 })
      .toEqual([
        {
          recipient: 'nobody@example.org',
          refused: expect.stringContaining('no such mailbox'),
          attempts: 1,
          later: true,
        },
        { recipient: 'full@example.org', refused: null, attempts: 1, later: true },
        { recipient: '', refused: null, attempts: 0, later: false },
      ])
    // Four days later the server still has no room.
    await admin.query(
      `UPDATE mail SET due_at = now(), created_at = now() - interval '5 days' WHERE recipient LIKE 'full%'`,
    )
    const given = async () =>
      (await rows('refused IS NOT NULL AS up')).filter((row) => (row as { up: boolean }).up).length
    await expect.poll(given, { timeout: 20_000 }).toBe(2)
  })
})

it('nothing that somebody has chosen gets into the head of an e-mail as a field of its own', async () => {
  await startReplicas(1)
  await append('Hello Ada\r\nBcc: all@example.org\r\n\r\nbody', 'ada@example.org', 'a\r\n.\r\nMAIL FROM:<x@y>\r\n')
  await expect(append('two', 'ada@example.org, all@example.org')).rejects.toThrow(/no single recipient/)
  await expect(append('two', 'ada@example.org\r\nRCPT TO:<all@example.org>')).rejects.toThrow(/no single recipient/)
  await expect.poll(unsent, { timeout: 20_000 }).toBe(0)
  const [head = '', ...body] = server.received[0]!.split('\r\n\r\n')
  expect(head).toContain('Subject: Hello Ada Bcc: all@example.org body')
  expect(head).not.toMatch(/^(bcc|cc|rcpt)/im)
  expect(body.join('\r\n\r\n')).toContain('\r\n.\r\nMAIL FROM:<x@y>')
  expect(server.received).toHaveLength(1)
})

it('a server that is not this machine is told nothing in the clear', async () => {
  // An address that leads here all the same.
  await startReplicas(1, { SMTP_URL: `smtp://0.0.0.0:${port}` })
  await append('secret')
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  expect(await unsent()).toBe(1)
  expect(server.received).toEqual([])
})
