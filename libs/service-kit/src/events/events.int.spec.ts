import { randomUUID } from 'node:crypto'
import { DEAD_LETTER_HEADERS, DEAD_LETTERS_STREAM } from '@meshmart/contracts'
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Database } from '../database/database.ts'
import { NotesModule, notesMigrations } from '../testing/notes-service.ts'
import { createTestApplication } from '../testing/test-application.ts'
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts'
import { startTestNats, type TestNats } from '../testing/test-nats.ts'
import { Inbox } from './inbox.ts'
import { InboxConsumer } from './inbox-consumer.ts'
import { Outbox } from './outbox.ts'
import { Log } from '../log/log.ts'

let database: TestDatabase
let nats: TestNats
const apps: NestFastifyApplication[] = []
let shop: Database
let outbox: Outbox
let admin: pg.Client

beforeAll(async () => {
  database = await createTestDatabase({ service: 'notes', migrations: notesMigrations })
  nats = await startTestNats()
  // Two replicas, so that only one of them may relay.
  for (let replica = 0; replica < 2; replica++) {
    apps.push(
      await createTestApplication({
        module: NotesModule,
        settings: { MESH_WORKLOAD: 'notes', DATABASE_URL: database.url, DATABASE_POOL_SIZE: 4 },
        nats: nats.connection,
      }),
    )
  }
  shop = apps[0]!.get(Database)
  outbox = apps[0]!.get(Outbox)
  admin = new pg.Client({ connectionString: database.adminUrl })
  await admin.connect()
})
afterAll(async () => {
  for (const app of apps) await app.close()
  await admin?.end()
  await nats?.stop()
  await database?.drop()
})

const stockLow = (available: number) =>
  ({ type: 'stock.low', subject: 'MUG-DAWN', data: { sku: 'MUG-DAWN', available, reorderPoint: 5 } }) as const

async function published(): Promise<number[]> {
  const manager = await jetstreamManager(nats.connection)
  const { state } = await manager.streams.info('EVENTS')
  const found: number[] = []
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const message = await manager.streams.getMessage('EVENTS', { seq })
    const envelope = message?.json<{ type: string; data: { available: number } }>()
    if (envelope?.type === 'stock.low') found.push(envelope.data.available)
  }
  return found
}
const unpublished = async () =>
  Number((await admin.query('SELECT count(*) FROM outbox WHERE published_at IS NULL')).rows[0].count)

describe('Outbox', () => {
  it('publishes in the order of its rows, each once, and nothing of a transaction that failed', async () => {
    for (let n = 0; n < 150; n++) await shop.transaction(async (tx) => outbox.append(tx, stockLow(n)))
    await expect(
      shop.transaction(async (tx) => {
        await outbox.append(tx, stockLow(9999))
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    await vi.waitUntil(async () => (await unpublished()) === 0, { timeout: 10_000 })
    expect(await published()).toEqual(Array.from({ length: 150 }, (_, n) => n))
  })

  it('refuses data that its type does not promise', async () => {
    const wrong = {
      type: 'stock.low',
      subject: 'MUG-DAWN',
      data: { sku: 'MUG-DAWN', available: -1, reorderPoint: 5 },
    } as const
    await expect(shop.transaction(async (tx) => outbox.append(tx, wrong))).rejects.toThrow()
  })

  it('goes on in order after NATS was gone and after the relay’s session was cut', async () => {
    await nats.kill()
    for (let n = 150; n < 160; n++) await shop.transaction(async (tx) => outbox.append(tx, stockLow(n)))
    await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    )
    expect(await unpublished()).toBe(10)
    await nats.restart()
    await vi.waitUntil(async () => (await unpublished()) === 0, { timeout: 20_000 })
    expect(await published()).toEqual(Array.from({ length: 160 }, (_, n) => n))
  })
})

describe('Inbox', () => {
  it('handles each event once, tries a failure again, and gives up what cannot be read', async () => {
    const lines: string[] = []
    const log = new Log({
      level: 'debug',
      service: 'reader',
      instance: 'reader-1',
      destination: { write: (line) => lines.push(line) },
    })
    const inbox = new Inbox(shop, { now: () => new Date() }, log)
    const seen: string[] = []
    let failures = 1
    inbox.on('order.cancelled', async (tx, event) => {
      const { orderId: note, cause } = event.data
      await tx.execute`INSERT INTO note (id, text, at) VALUES (${note}::uuid, ${cause}, ${new Date(event.time)})`
      seen.push(event.id)
      if (failures-- > 0) throw new Error('not yet')
    })
    const consumer = new InboxConsumer(inbox, nats.connection, 'reader', log)
    consumer.start()
    const orderId = randomUUID()
    const id = randomUUID()
    const data = {
      orderId,
      customerId: 'guest:1',
      total: { amount: 1, currency: 'EUR' },
      email: 'a@b.example',
      lines: [],
      cause: 'customer',
    }
    const envelope = {
      id,
      type: 'order.cancelled',
      version: 1,
      source: 'orders',
      subject: orderId,
      time: new Date().toISOString(),
      traceparent: null,
      data,
    }
    const js = jetstream(nats.connection)
    await js.publish('events.order.cancelled', JSON.stringify({ ...envelope, version: 2 }))
    await js.publish('events.order.cancelled', 'no json')
    // The same event twice in the stream, as after a relay that died before it could mark the row.
    await js.publish('events.order.cancelled', JSON.stringify(envelope))
    await js.publish('events.order.cancelled', JSON.stringify(envelope))
    const pending = async () => {
      const { num_pending, num_ack_pending } = await (
        await jetstreamManager(nats.connection)
      ).consumers.info('EVENTS', 'reader')
      return num_pending + num_ack_pending
    }
    await vi.waitUntil(async () => seen.length >= 2 && (await pending()) === 0, { timeout: 15_000 })
    await consumer.stop()
    expect(await shop.query`SELECT FROM note WHERE id = ${orderId}::uuid`).toHaveLength(1)
    expect((await admin.query('SELECT event_id FROM inbox')).rows).toEqual([{ event_id: id }])
    expect(seen).toHaveLength(2)
    expect(lines.filter((line) => line.includes('event given up'))).toHaveLength(2)
    // Both lie where an operator finds them, as they came.
    const { streams } = await jetstreamManager(nats.connection)
    // The notes service reads the same stream and cannot handle them either.
    const all = await Promise.all([1, 2, 3, 4].map((seq) => streams.getMessage(DEAD_LETTERS_STREAM, { seq })))
    const letters = all.filter((letter) => letter?.subject === 'dead.reader.order.cancelled')
    expect(letters).toHaveLength(2)
    expect(letters[0]?.json()).toEqual({ ...envelope, version: 2 })
    expect(letters[1]?.string()).toBe('no json')
    expect(letters[1]?.header.get(DEAD_LETTER_HEADERS.reason)).toBe('it cannot be read')
    expect(letters[1]?.header.get(DEAD_LETTER_HEADERS.subject)).toBe('events.order.cancelled')
    expect(consumer.figures['meshmart_inbox_dead_letters_total']?.read()).toBe(2)
    expect(consumer.figures['meshmart_inbox_handled_total']?.read()).toBeGreaterThanOrEqual(2)
    // A later version of the service with one more type takes the same consumer over.
    inbox.on('stock.low', async () => undefined)
    const next = new InboxConsumer(inbox, nats.connection, 'reader', log)
    next.start()
    await shop.transaction(async (tx) => outbox.append(tx, stockLow(160)))
    await vi.waitUntil(async () => (await admin.query(`SELECT FROM inbox WHERE type = 'stock.low'`)).rowCount === 1, {
      timeout: 10_000,
    })
    await next.stop()
  })

  it('does not let go of an event whose dead letter cannot be written', async () => {
    const log = new Log({
      level: 'debug',
      service: 'mute',
      instance: 'mute-1',
      destination: { write: () => undefined },
    })
    const inbox = new Inbox(shop, { now: () => new Date() }, log)
    const js = jetstream(nats.connection)
    await (
      await jetstreamManager(nats.connection)
    ).consumers.add('EVENTS', {
      durable_name: 'mute',
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.New,
    })
    await js.publish('events.order.cancelled', 'no json either')
    const consumer = await js.consumers.get('EVENTS', 'mute')
    const message = (await consumer.next({ expires: 5_000 }))!
    expect(await inbox.receive(message, () => Promise.reject(new Error('no such stream')))).toBe('retried')
    expect((await consumer.info()).num_ack_pending).toBe(1)
  })
})
