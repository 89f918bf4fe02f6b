/**
 * The same request twice has one effect and one answer. Row, effects and answer commit in ONE transaction: whoever comes second with the same key waits on the
 * row of the first. A process that dies half-way leaves nothing behind; where even its connection hangs, the session's idle limit is the lease that ends it.
 */
import { createHash } from 'node:crypto'
import { Inject, Injectable } from '@nestjs/common'
import { CLOCK, type Clock } from '../clock.ts'
import { Database, type Transaction } from '../database/database.ts'
import { withLimits } from '../database/limits.ts'
import { sqlStateOf } from '../database/sql-state.ts'
import { ProblemException } from '../http/problem-exception.ts'

export interface Answer<B = unknown> {
  readonly status: number
  readonly body: B
}
interface StoredRow {
  readonly fingerprint: string
  readonly status: number | null
  readonly body: unknown
}

/** How long the second waits for the first before it is told `request-in-progress`. */
const waitMs = 4_000
/** How long the work may take; it is for rows, not for calls to others. */
const workMs = 15_000
const leaseMs = 20_000
const limits = withLimits({ lockMs: waitMs, idleMs: leaseMs })
const lockNotAvailable = '55P03'

@Injectable()
export class Idempotency {
  constructor(
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Runs `work` once for each scope and key and stores its answer (JSON); later calls get it back with `replayed`. Where `work` throws, nothing is stored and the
   * key is free again. Refuses with `idempotency-key-reused` where the fingerprint differs, and with `request-in-progress` where the first still runs.
   * `work` must not call other services: it holds a transaction.
   */
  async run<B>(
    scope: string,
    key: string,
    fingerprint: string,
    work: (tx: Transaction) => Promise<Answer<B>>,
  ): Promise<Answer<B> & { readonly replayed: boolean }> {
    try {
      return await this.database.transaction(async (tx) => {
        const stored = await this.#claim(tx, scope, key, fingerprint)
        if (stored) return replay<B>(stored, fingerprint)
        const answer = await work(tx)
        tx.send`
          UPDATE "idempotency_key" SET "status" = ${answer.status}, "body" = ${JSON.stringify(answer.body)}::jsonb
          WHERE "scope" = ${scope} AND "key" = ${key}`
        return { ...answer, replayed: false }
      }, workMs)
    } catch (error) {
      if (sqlStateOf(error) === lockNotAvailable) throw new ProblemException('request-in-progress')
      throw error
    }
  }

  /** Inserts the row, which waits for a transaction that is about to insert the same; undefined means that the key is ours. */
  async #claim(tx: Transaction, scope: string, key: string, fingerprint: string): Promise<StoredRow | undefined> {
    const inserted = await tx.execute`
      ${limits}
      INSERT INTO "idempotency_key" ("scope", "key", "fingerprint", "created_at")
      SELECT ${scope}, ${key}, ${fingerprint}, ${this.clock.now()}::timestamptz FROM limits ON CONFLICT DO NOTHING`
    if (inserted === 1) return undefined
    const rows = await tx.query<StoredRow>`
      SELECT "fingerprint", "status", "body" FROM "idempotency_key" WHERE "scope" = ${scope} AND "key" = ${key}`
    return rows[0]
  }
}

function replay<B>(stored: StoredRow, fingerprint: string): Answer<B> & { replayed: boolean } {
  if (stored.fingerprint !== fingerprint) throw new ProblemException('idempotency-key-reused')
  if (stored.status === null) throw new ProblemException('request-in-progress')
  return { status: stored.status, body: stored.body as B, replayed: true }
}

/** SHA-256 of a JSON value, whatever the order of its keys. */
export function fingerprintOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex')
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value).filter(([, item]) => item !== undefined)
  fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`
}
