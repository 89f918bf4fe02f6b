/**
 * SQL to PostgreSQL, and nothing in between: what a shop promises about money and stock is said in statements, constraints and locks, so its code speaks them.
 * Values go beside the text, never into it: a statement is a template, and whatever stands in `${}` is a parameter (or another piece of SQL, see `sql`).
 */
import pg from 'pg'
import type { RawValue } from 'sql-template-tag'
import { type Statement, Statements } from './statements.ts'
import { answerTypes } from './answer-types.ts'
import { sqlStateOf } from './sql-state.ts'

/** Where a statement can be sent: the database, or one transaction of it. Both throw pg's DatabaseError; `sqlStateOf` reads its SQLSTATE. */
export interface Queryable {
  /** The rows, as PostgreSQL names their columns: `int8` is a bigint, `timestamptz` a Date, `json` is parsed. */
  query<Row>(text: Statement, ...values: readonly RawValue[]): Promise<Row[]>
  /** How many rows it changed. */
  execute(text: Statement, ...values: readonly RawValue[]): Promise<number>
}

/** Everything that is sent through it commits together, or not at all. */
export interface Transaction extends Queryable {
  /** A statement whose answer nobody needs: it travels together with the next one, or with COMMIT. Where it fails, the transaction does, with its error. */
  send(text: Statement, ...values: readonly RawValue[]): void
}

export interface DatabaseOptions {
  readonly url: string
  /** Connections at most. */
  readonly poolSize: number
  /** Told of a connection that broke while nobody used it. */
  readonly onBroken: (error: Error) => void
}

/** Milliseconds that somebody waits for a connection of the pool, or for one to be made. */
const connectMs = 5_000
const transactionMs = 5_000
const inFailedTransaction = '25P02'

export class Database implements Queryable {
  readonly #pool: pg.Pool
  readonly #statements = new Statements()

  constructor({ url, poolSize, onBroken }: DatabaseOptions) {
    // `pipeline` is newer than pg's types.
    const options: pg.PoolConfig & { readonly pipeline: boolean } = {
      connectionString: url,
      max: poolSize,
      connectionTimeoutMillis: connectMs,
      // What is known already is sent at once: BEGIN and the first statement are one way to the server.
      pipeline: true,
      types: answerTypes,
      // Who falls silent within a transaction (a process that was stopped, a machine that sleeps) loses it: else the rows that it has locked are nobody's until
      // it wakes. And who waits for a row longer than any caller does would change it for nobody: a statement alone has no transaction that ends it.
      options: '-c timezone=UTC -c idle_in_transaction_session_timeout=5s -c lock_timeout=10s',
    }
    this.#pool = new pg.Pool(options)
    this.#pool.on('error', onBroken)
    // A connection that breaks in the moment in which it changes hands has nobody who listens, and an `error` event that nobody hears ends the process. Whoever gets
    // it finds out with the first statement.
    this.#pool.on('connect', (client) => client.on('error', () => undefined))
  }

  query<Row>(text: Statement, ...values: readonly RawValue[]): Promise<Row[]> {
    return rowsOf<Row>(this.#pool, this.#statements.prepared(text, values))
  }

  execute(text: Statement, ...values: readonly RawValue[]): Promise<number> {
    return countOf(this.#pool, this.#statements.prepared(text, values))
  }

  /**
   * Runs `work` in a transaction that commits when it resolves and rolls back when it throws. Throws TransactionTimeout where it takes longer than `timeoutMs`: its
   * connection is closed then, and with it the transaction.
   */
  async transaction<R>(work: (tx: Transaction) => Promise<R>, timeoutMs = transactionMs): Promise<R> {
    const client = await this.#pool.connect()
    let broken: Error | undefined
    const breaks = (error: Error): void => void (broken ??= error)
    client.on('error', breaks)
    try {
      return await within(timeoutMs, this.#run(client, work))
    } catch (error) {
      if (error instanceof TransactionTimeout) breaks(error)
      else await client.query('ROLLBACK').catch(breaks)
      throw error
    } finally {
      client.off('error', breaks)
      client.release(broken)
    }
  }

  async #run<R>(client: pg.PoolClient, work: (tx: Transaction) => Promise<R>): Promise<R> {
    let failure: unknown
    const unawaited = (answer: Promise<unknown>): void => void answer.catch((error: unknown) => (failure ??= error))
    unawaited(client.query('BEGIN'))
    let over = false
    // A part of the work that goes on after its end must not write outside of it, on a connection that is somebody else's by then.
    const statement = (text: Statement, values: readonly RawValue[]): pg.QueryConfig => {
      if (over) throw new Error('the transaction is over')
      return this.#statements.prepared(text, values)
    }
    const tx: Transaction = {
      query: async (text, ...values) => rowsOf(client, statement(text, values)),
      execute: async (text, ...values) => countOf(client, statement(text, values)),
      send: (text, ...values) => unawaited(client.query(statement(text, values))),
    }
    const result = await work(tx)
      .catch((error: unknown) => {
        // What was sent before had failed, and everything after it was refused for that.
        throw sqlStateOf(error) === inFailedTransaction ? (failure ?? error) : error
      })
      .finally(() => (over = true))
    const { command } = await client.query('COMMIT')
    // So PostgreSQL answers where a statement has failed and nobody has looked.
    if (command !== 'COMMIT') throw failure ?? new Error('rolled back: a statement had failed, and the work went on')
    return result
  }

  /** Resolves once all connections are closed; what still waits for one is refused. */
  async close(): Promise<void> {
    await this.#pool.end()
  }
}

export class TransactionTimeout extends Error {
  override readonly name = 'TransactionTimeout'
}

async function rowsOf<Row>(to: pg.Pool | pg.PoolClient, statement: pg.QueryConfig): Promise<Row[]> {
  return (await to.query(statement)).rows as Row[]
}

async function countOf(to: pg.Pool | pg.PoolClient, statement: pg.QueryConfig): Promise<number> {
  return (await to.query(statement)).rowCount ?? 0
}

async function within<R>(ms: number, work: Promise<R>): Promise<R> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new TransactionTimeout(`the transaction took longer than ${ms} ms`)), ms)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
