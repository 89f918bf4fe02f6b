/**
 * Brings the outbox to JetStream in the order of its rows. One replica at a time does it: the advisory lock lives and dies with one database session, so
 * a relay that is killed is replaced at once and none ever needs to be told. It publishes one by one, waiting for each acknowledgement, because an event
 * that overtakes a failed one would break the order; the row id as message id makes a second try harmless.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { jetstream } from '@nats-io/jetstream'
import type { EventEnvelope } from '@meshmart/contracts'
import type { NatsConnection } from '@nats-io/transport-node'
import pg from 'pg'
import type { Log } from '../log/log.ts'
import { Worker, type WorkerSignal } from '../background/worker.ts'

/** `hashtext('outbox-relay')`-like constant: the same in every service, since each has a database of its own. */
const relayLock = 7_209_113
const batchSize = 100
/** Where a notice is lost, or NATS has come back. */
const pollMs = 1_000
const standbyMs = 1_000
/** Between two batches: what comes meanwhile travels together. The first of them never waits. */
const restMs = 50
const publishTimeoutMs = 5_000
const selectWaiting = `SELECT "seq", "id", "type", "subject", "data", "traceparent", "occurred_at"
  FROM "outbox" WHERE "published_at" IS NULL ORDER BY "seq" LIMIT ${batchSize}`
const markPublished = `UPDATE "outbox" SET "published_at" = now() WHERE "seq" = ANY($1::bigint[])`
const keepPublishedFor = '7 days'
const purgeEveryMs = 3_600_000

interface OutboxRow {
  readonly seq: string
  readonly id: string
  readonly type: EventEnvelope['type']
  readonly subject: string
  readonly data: unknown
  readonly traceparent: string | null
  readonly occurred_at: Date
}

export interface OutboxRelayOptions {
  readonly databaseUrl: string
  readonly nats: NatsConnection
  /** The service, as the envelope's `source`. */
  readonly source: string
  readonly log: Log
}

export class OutboxRelay {
  readonly #options: OutboxRelayOptions
  readonly #worker: Worker

  constructor(options: OutboxRelayOptions) {
    this.#options = options
    this.#worker = new Worker('outbox relay', options.log, (signal) => this.#session(signal))
  }

  start(): void {
    this.#worker.start()
  }

  /** Resolves once nothing is being published any more. */
  stop(): Promise<void> {
    return this.#worker.stop()
  }

  /** One database session: wait for the lock, then publish until stopped or broken. */
  async #session(signal: WorkerSignal): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#options.databaseUrl,
      // That a row was published may be forgotten when the server dies: it is published again, and taken in once.
      options: '-c timezone=UTC -c synchronous_commit=off',
      keepAlive: true,
    })
    let broken: Error | undefined
    client.on('error', (error) => {
      broken = error
      signal.wake()
    })
    client.on('notification', () => signal.wake())
    try {
      await client.connect()
      while (!signal.stopped && !(await this.#lead(client))) await signal.sleep(standbyMs)
      await client.query('LISTEN "outbox"')
      let purgedAt = 0
      while (!signal.stopped) {
        if (broken) throw broken
        if (performance.now() - purgedAt > purgeEveryMs || purgedAt === 0) {
          await client.query(`DELETE FROM "outbox" WHERE "published_at" < now() - interval '${keepPublishedFor}'`)
          purgedAt = performance.now()
        }
        const found = await this.#publishBatch(client, signal)
        if (found > 0 && !signal.stopped) await sleep(restMs)
        if (found < batchSize) await signal.sleep(pollMs)
      }
    } finally {
      await client.end().catch((error: unknown) => this.#options.log.debug('the relay session had ended', { error }))
    }
  }

  async #lead(client: pg.Client): Promise<boolean> {
    const { rows } = await client.query<{ leads: boolean }>('SELECT pg_try_advisory_lock($1) AS leads', [relayLock])
    return rows[0]?.leads === true
  }

  /** Publishes and marks one batch; what was published before a failure is marked all the same. Answers how many rows it found. */
  async #publishBatch(client: pg.Client, signal: WorkerSignal): Promise<number> {
    const { rows } = await client.query<OutboxRow>({ name: 'waiting', text: selectWaiting })
    const published: string[] = []
    try {
      for (const row of rows) {
        if (signal.stopped) break
        await this.#publish(row)
        published.push(row.seq)
      }
    } finally {
      if (published.length > 0) {
        await client.query({ name: 'published', text: markPublished, values: [published] })
      }
    }
    return rows.length
  }

  async #publish(row: OutboxRow): Promise<void> {
    const envelope: EventEnvelope = {
      id: row.id,
      type: row.type,
      version: 1,
      source: this.#options.source,
      subject: row.subject,
      time: row.occurred_at.toISOString(),
      traceparent: row.traceparent,
      data: row.data,
    }
    await jetstream(this.#options.nats).publish(`events.${row.type}`, JSON.stringify(envelope), {
      msgID: row.id,
      timeout: publishTimeoutMs,
      expect: { streamName: 'EVENTS' },
    })
  }
}
