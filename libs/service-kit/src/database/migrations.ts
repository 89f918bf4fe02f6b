/**
 * Applies `migration.sql` files and keeps `_prisma_migrations` as `prisma migrate deploy` does, without its engine: that one is a download. Script and record
 * commit together, so a start that is killed half-way leaves either all of a migration or nothing.
 */
import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'

/** The lock that `prisma migrate` takes too, so that both never run at once. */
const migrateLock = 72_707_369

const recordTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`

interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/**
 * Applies what is missing of `directory/<name>/migration.sql`, in the order of names, and answers the names of what it applied. Throws, with nothing of that
 * migration done, where a script fails, was edited after it was applied, or was left half-done by another tool.
 */
export async function applyMigrations(ownerUrl: string, directory: string): Promise<string[]> {
  const migrations = await readMigrations(directory)
  const client = new pg.Client({ connectionString: ownerUrl, options: '-c timezone=UTC' })
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [migrateLock])
    await client.query(recordTable)
    const { rows } = await client.query<{ migration_name: string; checksum: string; finished_at: Date | null }>(
      'SELECT "migration_name", "checksum", "finished_at" FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL',
    )
    const recorded = new Map(rows.map((row) => [row.migration_name, row]))
    const applied: string[] = []
    for (const migration of migrations) {
      const record = recorded.get(migration.name)
      if (record && !record.finished_at)
        throw new Error(`migration ${migration.name} was begun and never finished: mend it by hand`)
      if (record && record.checksum !== migration.checksum) {
        throw new Error(`migration ${migration.name} was edited after it was applied: write a new one instead`)
      }
      if (record) continue
      await apply(client, migration)
      applied.push(migration.name)
    }
    return applied
  } finally {
    // Ending the session frees the lock.
    await client.end()
  }
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query(sql)
    await client.query(
      `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count")
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    )
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw new Error(`migration ${name}: ${(error as Error).message}`, { cause: error })
  }
}
