/**
 * The limits of one transaction, set by its first statement and not by one more way to the database: a statement that begins with these words and reads from
 * `limits` has set them before it makes or locks a row, because its rows are made of what sets them.
 */
import { raw, type Sql } from 'sql-template-tag'

export interface TransactionLimits {
  /** How long it waits for a row that somebody else holds. */
  readonly lockMs?: number
  /** How long the database may hear nothing of it; in place of the pool's own limit. */
  readonly idleMs: number
}

export function withLimits({ lockMs, idleMs }: TransactionLimits): Sql {
  const settings = {
    ...(lockMs !== undefined && { lock_timeout: lockMs }),
    idle_in_transaction_session_timeout: idleMs,
  }
  const set = Object.entries(settings).map(([name, ms]) => `set_config('${name}', '${ms}ms', true)`)
  return raw(`WITH limits AS MATERIALIZED (SELECT ${set.join(', ')})`)
}
