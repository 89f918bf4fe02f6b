/** A home from before the acquirer had a database of its own: its books move once, and say the same afterwards. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, type TestDatabase } from '@meshmart/service-kit/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { moveAcquirerBooks } from './acquirer-books.ts'

const apps = join(import.meta.dirname, '../../apps')
const migration = (name: string): string =>
  readFileSync(join(apps, `payments/migrations/${name}/migration.sql`), 'utf8')
const [captured, refunded, declined] = ['1', '2', '3'].map((n) => `00000000-0000-4000-8000-00000000000${n}`)

let acquirer: TestDatabase
let payments: TestDatabase
let here: pg.Client
let there: pg.Client
beforeAll(async () => {
  acquirer = await createTestDatabase({ service: 'acquirer', migrations: join(apps, 'acquirer/migrations') })
  // As it was: the first migration alone, and money in it; then what this version brings.
  payments = await createTestDatabase({
    service: 'payments',
    migrations: mkdtempSync(join(tmpdir(), 'no-migrations-')),
  })
  here = new pg.Client({ connectionString: payments.adminUrl })
  there = new pg.Client({ connectionString: acquirer.adminUrl })
  await Promise.all([here.connect(), there.connect()])
  await here.query(migration('0001_init'))
  await here.query(`
    INSERT INTO acquirer_card VALUES ('tok_1', 'visa', '4242', '12/99', 'approve', now());
    INSERT INTO acquirer_charge VALUES ('${captured}', 'tok_1', 500, 'EUR', 'captured', NULL, now()),
      ('${refunded}', 'tok_1', 700, 'EUR', 'refunded', NULL, now()), ('${declined}', 'tok_1', 900, 'EUR', 'declined', 'card-declined', now());
    INSERT INTO payment_intent (id, order_id, amount, currency, token, state, decline_reason, created_at, updated_at) VALUES
      ('${captured}', gen_random_uuid(), 500, 'EUR', 'tok_1', 'captured', NULL, now(), now()),
      ('${refunded}', gen_random_uuid(), 700, 'EUR', 'tok_1', 'refunded', NULL, now(), now()),
      ('${declined}', gen_random_uuid(), 900, 'EUR', 'tok_1', 'declined', 'card-declined', now(), now());
    BEGIN;
    INSERT INTO ledger_transaction SELECT gen_random_uuid(), id, 'capture', now() FROM payment_intent WHERE state <> 'declined';
    INSERT INTO ledger_transaction SELECT gen_random_uuid(), id, 'refund', now() FROM payment_intent WHERE state = 'refunded';
    INSERT INTO ledger_entry (transaction_id, account, amount, currency) SELECT id, 'acquirer-receivable', 1, 'EUR' FROM ledger_transaction;
    INSERT INTO ledger_entry (transaction_id, account, amount, currency) SELECT id, 'sales', -1, 'EUR' FROM ledger_transaction;
    COMMIT`)
  await here.query(migration('0002_expired'))
  await here.query(migration('0003_operations'))
})
afterAll(async () => {
  await Promise.all([here?.end(), there?.end()])
  await Promise.all([acquirer?.drop(), payments?.drop()])
})

it('moves what is there, once', async () => {
  const urls = { payments: payments.adminUrl, acquirer: acquirer.adminUrl }
  const books = async () =>
    (
      await there.query(
        `SELECT c.reference, c.state, captured::int, refunded::int, (SELECT count(*)::int FROM operation WHERE charge = c.reference) AS operations
         FROM charge c ORDER BY reference`,
      )
    ).rows
  await moveAcquirerBooks((service) => urls[service])
  expect(await books()).toEqual([
    { reference: captured, state: 'captured', captured: 500, refunded: 0, operations: 1 },
    { reference: refunded, state: 'captured', captured: 700, refunded: 700, operations: 2 },
    { reference: declined, state: 'declined', captured: 0, refunded: 0, operations: 0 },
  ])
  expect((await here.query(`SELECT to_regclass('acquirer_charge') AS old`)).rows).toEqual([{ old: null }])
  await moveAcquirerBooks((service) => urls[service])
  expect(await books()).toHaveLength(3)
})
