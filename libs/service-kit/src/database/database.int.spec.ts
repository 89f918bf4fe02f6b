import { setTimeout as sleep } from 'node:timers/promises'
import sql, { empty, join } from 'sql-template-tag'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { notesMigrations } from '../testing/notes-service.ts'
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts'
import { Database, TransactionTimeout } from './database.ts'
import { sqlStateOf } from './sql-state.ts'

let test: TestDatabase
let database: Database
const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

beforeAll(async () => {
  test = await createTestDatabase({ service: 'notes', migrations: notesMigrations })
  database = new Database({ url: test.url, poolSize: 2, onBroken: () => undefined })
})
afterAll(async () => {
  await database.close()
  await test.drop()
})

const texts = async (): Promise<string[]> =>
  (await database.query<{ text: string }>`SELECT text FROM note ORDER BY text`).map(({ text }) => text)

describe('what a statement says and answers', () => {
  it('values stand beside the text, and pieces of SQL within it', async () => {
    const evil = `'; DROP TABLE note; --`
    const which = join([sql`${evil}::text = ${evil}`, sql`${1}::int = 1`], ' AND ')
    const [row] =
      await database.query<object>`SELECT ${evil}::text AS text, ${[3, 4]}::int[] AS list WHERE ${which} ${empty}`
    expect(row).toEqual({ text: evil, list: [3, 4] })
    expect(await database.query(sql`SELECT 1 AS one WHERE ${false}::boolean`)).toEqual([])
  })

  it('nothing of 64 bits is lost, and a day stays the day that it is', async () => {
    const at = new Date('2026-11-30T01:02:03.456Z')
    expect(
      await database.query`
        SELECT ${9_007_199_254_740_993n}::int8 AS big, ${at}::timestamptz AS at, ${'{"a":[1]}'}::jsonb AS json,
               DATE '2026-03-29' AS day, ${null}::int AS nothing`,
    ).toEqual([{ big: 9_007_199_254_740_993n, at, json: { a: [1] }, day: '2026-03-29', nothing: null }])
  })

  it('PostgreSQL plans each text once for a connection', async () => {
    const count = async (n: number) => (await database.query`SELECT ${n}::int AS planned_once`)[0]
    for (let n = 0; n < 5; n++) expect(await count(n)).toEqual({ planned_once: n })
    const names = await database.query`SELECT name FROM pg_prepared_statements WHERE statement LIKE '%AS planned_once'`
    expect(names).toHaveLength(1)
  })

  it('waits no longer for a row than anybody waits for its answer', async () => {
    expect(await database.query`SHOW lock_timeout`).toEqual([{ lock_timeout: '10s' }])
  })
})

describe('a transaction', () => {
  it('commits what was executed and sent, and nothing where its work throws', async () => {
    const write = (n: number, fails: boolean) =>
      database.transaction(async (tx) => {
        tx.send`INSERT INTO note (id, text, at) VALUES (${id(n)}::uuid, ${`sent ${n}`}, now())`
        expect(await tx.query`SELECT FROM note WHERE id = ${id(n)}::uuid`).toHaveLength(1)
        if (fails) throw new Error('no')
      })
    await write(1, false)
    await expect(write(2, true)).rejects.toThrow('no')
    expect(await texts()).toEqual(['sent 1'])
  })

  it('fails with the error of a statement that was only sent', async () => {
    const twice = database.transaction(async (tx) => {
      for (const text of ['one', 'two'])
        tx.send`INSERT INTO note (id, text, at) VALUES (${id(3)}::uuid, ${text}, now())`
    })
    expect(await twice.catch(sqlStateOf)).toBe('23505')
    const goneOn = database.transaction(async (tx) => {
      tx.send`INSERT INTO note (id, text, at) VALUES (${id(1)}::uuid, 'one', now())`
      await tx.query`SELECT 1`
    })
    expect(await goneOn.catch(sqlStateOf)).toBe('23505')
    expect(await texts()).toEqual(['sent 1'])
  })

  it('does not pass for done where the work overlooks a failure', async () => {
    const careless = database.transaction(async (tx) => {
      await tx.execute`INSERT INTO note (id, text, at) VALUES (${id(4)}::uuid, 'lost', now())`
      await tx.query`SELECT 1 / 0`.catch(() => undefined)
    })
    await expect(careless).rejects.toThrow(/rolled back/)
    expect(await texts()).toEqual(['sent 1'])
  })

  it('is closed to what goes on after its end', async () => {
    const late = Promise.withResolvers<Promise<unknown>>()
    await database.transaction(async (tx) => {
      setTimeout(
        () =>
          late.resolve(
            tx.execute`INSERT INTO note (id, text, at) VALUES (${id(6)}::uuid, 'late', now())`.catch(String),
          ),
        50,
      )
    })
    expect(await late.promise).toMatch(/transaction is over/)
    expect(await texts()).toEqual(['sent 1'])
  })

  it('has an end, and gives its connection to nobody else then', async () => {
    for (let n = 0; n < 3; n++) {
      const slow = database.transaction(async (tx) => {
        await tx.execute`INSERT INTO note (id, text, at) VALUES (${id(5)}::uuid, 'late', now())`
        await sleep(300)
        await tx.execute`SELECT 1`
      }, 100)
      await expect(slow).rejects.toThrow(TransactionTimeout)
    }
    expect(await texts()).toEqual(['sent 1'])
  })
})
