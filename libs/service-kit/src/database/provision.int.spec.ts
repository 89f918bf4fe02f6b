import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts'
import { applyMigrations } from './migrations.ts'

let directory: string
let none: string
let database: TestDatabase
let other: TestDatabase

const write = (name: string, sql: string): void => {
  mkdirSync(join(directory, name), { recursive: true })
  writeFileSync(join(directory, name, 'migration.sql'), sql)
}
const ask = async (url: string, sql: string): Promise<pg.QueryResult> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await client.query(sql)
  } finally {
    await client.end()
  }
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'meshmart-migrations-'))
  write('0001_init', 'CREATE TABLE a (n INT); GRANT SELECT, INSERT ON a TO provisioned_app;')
  database = await createTestDatabase({ service: 'provisioned', migrations: directory })
  none = mkdtempSync(join(tmpdir(), 'meshmart-migrations-'))
  other = await createTestDatabase({ service: 'neighbour', migrations: none })
})
afterAll(async () => {
  await database?.drop()
  await other?.drop()
  for (const made of [directory, none]) rmSync(made, { recursive: true, force: true })
})

describe('provisionDatabase', () => {
  it('lets the service do what was granted and nothing else', async () => {
    await ask(database.url, 'INSERT INTO a VALUES (1)')
    for (const sql of [
      'CREATE TABLE b (n INT)',
      'CREATE TEMP TABLE b (n INT)',
      'DROP TABLE a',
      'DELETE FROM a',
      'TRUNCATE a',
      'CREATE SCHEMA s',
      'SELECT * FROM _prisma_migrations',
    ]) {
      await expect(ask(database.url, sql), sql).rejects.toThrow(/permission denied|must be owner/)
    }
  })

  it('keeps the roles out of other databases', async () => {
    for (const name of [new URL(other.url).pathname, '/postgres', '/template1']) {
      const url = new URL(database.url)
      url.pathname = name
      await expect(ask(url.href, 'SELECT 1'), name).rejects.toThrow(/permission denied for database/)
    }
  })
})

describe('applyMigrations', () => {
  it('applies what is missing once, also when two start together', async () => {
    write('0002_more', 'CREATE TABLE c (n INT)')
    const applied = await Promise.all([1, 2].map(() => applyMigrations(database.ownerUrl, directory)))
    expect(applied.flat()).toEqual(['0002_more'])
    const { rows } = await ask(
      database.ownerUrl,
      'SELECT migration_name, applied_steps_count, finished_at IS NOT NULL AS done FROM _prisma_migrations ORDER BY 1',
    )
    expect(rows).toEqual([
      { migration_name: '0001_init', applied_steps_count: 1, done: true },
      { migration_name: '0002_more', applied_steps_count: 1, done: true },
    ])
  })

  it('leaves nothing of a script that fails', async () => {
    write('0003_broken', 'CREATE TABLE d (n INT); SELECT nonsense')
    await expect(applyMigrations(database.ownerUrl, directory)).rejects.toThrow(/0003_broken.*nonsense/)
    await expect(ask(database.ownerUrl, 'SELECT * FROM d')).rejects.toThrow(/does not exist/)
    write('0003_broken', 'CREATE TABLE d (n INT)')
    expect(await applyMigrations(database.ownerUrl, directory)).toEqual(['0003_broken'])
  })

  it('refuses a migration that was edited after it was applied', async () => {
    write('0001_init', 'CREATE TABLE a (n BIGINT)')
    await expect(applyMigrations(database.ownerUrl, directory)).rejects.toThrow(/0001_init was edited/)
  })
})
