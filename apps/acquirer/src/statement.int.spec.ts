/** A payment's statements are parsed and planned once for each connection, however many payments there are. */
import { randomUUID } from 'node:crypto'
import { testCards } from '@meshmart/contracts'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Cards } from './book/cards.ts'
import { Charges } from './book/charges.ts'
import { Operations } from './book/operations.ts'
import { Telling } from './book/telling.ts'
import { AcquirerUnderTest } from './testing/acquirer-under-test.ts'

let acquirer: AcquirerUnderTest
/** One connection on its books, to see what it has prepared. */
let pool: pg.Pool
beforeAll(async () => {
  acquirer = await AcquirerUnderTest.start()
  const options: pg.PoolConfig & { readonly pipeline: boolean } = {
    connectionString: acquirer.database.url,
    max: 1,
    pipeline: true,
  }
  pool = new pg.Pool(options)
})
afterAll(async () => {
  await pool?.end()
  await acquirer?.stop()
})

it('payments are made of statements that PostgreSQL knows', async () => {
  const clock = () => new Date()
  const telling = new Telling([], () => undefined)
  const cards = new Cards(pool, clock)
  const charges = new Charges(pool, clock, 60_000, telling)
  const operations = new Operations(pool, clock, telling)
  const { number } = testCards.find(({ behaviour }) => behaviour === 'approve')!
  const amount = { amount: 1_000, currency: 'EUR' }
  for (let n = 0; n < 3; n++) {
    const { token } = await cards.tokenise({ number, expiry: '12/99', cvc: '987' })
    const reference = randomUUID()
    await charges.book({ reference, token, amount }, (await cards.find(token))!, 0)
    await operations.operate(reference, { reference: randomUUID(), kind: 'capture', amount })
    await charges.find(reference)
  }
  const { rows } = await pool.query<{ name: string; calls: string }>(
    'SELECT name, generic_plans + custom_plans AS calls FROM pg_prepared_statements ORDER BY name',
  )
  expect(rows.map(({ name, calls }) => [name, Number(calls)])).toEqual([
    ['book_charge', 3],
    ['change_charge', 3],
    ['find_card', 3],
    ['find_charge', 3],
    ['find_operation', 3],
    ['keep_card', 3],
    ['keep_operation', 3],
    ['lock_charge', 3],
  ])
})
