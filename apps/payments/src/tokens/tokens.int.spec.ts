import { testCards } from '@meshmart/contracts'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PaymentsUnderTest } from '../testing/payments-under-test.ts'

let payments: PaymentsUnderTest
beforeAll(async () => {
  payments = await PaymentsUnderTest.start()
})
afterAll(() => payments?.stop())

const card = { number: '4242 4242 4242 4242', expiry: '12/99', cvc: '987' }

describe('tokens', () => {
  it('gives a token, the scheme and the last four digits', async () => {
    expect(await payments.post('/v1/tokens', { card })).toEqual({
      status: 201,
      body: { token: expect.stringMatching(/^tok_[0-9a-f]{32}$/), brand: 'visa', last4: '4242', expiry: '12/99' },
    })
  })

  it.each([
    [{ ...card, expiry: '01/20' }, 422, 'card-expired', 'card.expiry', 'card-expired'],
    [{ ...card, number: '4242424242424241' }, 400, 'invalid-request', 'card.number', 'card-number'],
    [{ ...card, number: 'no number' }, 400, 'invalid-request', 'card.number', 'format'],
    [{ ...card, cvc: '12' }, 400, 'invalid-request', 'card.cvc', 'format'],
  ])('refuses %j', async (wrong, status, code, field, fieldCode) => {
    const answer = await payments.post('/v1/tokens', { card: wrong })
    expect(answer).toMatchObject({ status, body: { code, errors: [{ field, code: fieldCode }] } })
  })

  it('leaves no card number and no security code in any table or log line', async () => {
    for (const { behaviour } of testCards) await payments.pay(behaviour)
    await payments.post('/v1/tokens', { card: { ...card, cvc: 'x', expiry: card.number } })
    const stored = `${await allRowsOf(payments.admin)}\n${await allRowsOf(payments.acquirer.books)}`
    expect(stored).toContain('4242')
    const logged = [...payments.logLines, ...payments.acquirer.logLines].join('\n')
    expect(logged).toContain('gave no answer')
    expect(logged).toContain('POST /v1/charges')
    for (const { number } of testCards) {
      expect(stored).not.toContain(number)
      expect(logged).not.toContain(number)
    }
    // Not the milliseconds of a time.
    expect(stored).not.toMatch(/(?<!\.)\b987\b/)
    expect(logged).not.toMatch(/"987"/)
  })
})

async function allRowsOf(client: pg.Client): Promise<string> {
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`,
  )
  expect(tables.length).toBeGreaterThan(4)
  const texts = []
  for (const { name } of tables) {
    const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM "${name}" t`)
    texts.push(...rows.map(({ row }) => row))
  }
  return texts.join('\n')
}
