/** Work that stands or falls as a whole. */
import type pg from 'pg'

/** What comes of statements that were sent and not waited for: they travel together with COMMIT. */
export interface Sent<T> {
  readonly answer: Promise<T>
}

export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<Sent<T>>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    // Whoever waits for a statement after it hears why it failed.
    client.query('BEGIN').catch(() => undefined)
    const { answer } = await work(client)
    const [result, { command }] = await Promise.all([answer, client.query('COMMIT')])
    // So PostgreSQL answers where a statement has failed that nobody has looked at.
    if (command !== 'COMMIT') throw new Error('rolled back: a statement had failed, and the work went on')
    return result
  } catch (error) {
    // A connection that cannot even roll back is thrown away; the server rolls back by itself.
    await client.query('ROLLBACK').catch((failed: Error) => (broken = failed))
    throw error
  } finally {
    client.release(broken)
  }
}
