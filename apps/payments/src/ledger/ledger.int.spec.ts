import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PaymentsUnderTest } from '../testing/payments-under-test.ts'

let payments: PaymentsUnderTest
let paymentId: string
let operationId: string
beforeAll(async () => {
  payments = await PaymentsUnderTest.start()
  // Its authorisation has the same id.
  paymentId = (await payments.pay('approve')).intent.id
  operationId = paymentId
})
afterAll(() => payments?.stop())

/** Tries a ledger transaction with these entries, as the service itself. */
async function post(
  kind: string,
  entries: readonly (readonly [account: string, amount: number, currency: string])[],
): Promise<void> {
  const id = randomUUID()
  await payments.self.query('BEGIN')
  try {
    await payments.self.query(
      'INSERT INTO ledger_transaction (id, payment_id, operation_id, kind, posted_at) VALUES ($1, $2, $3, $4, now())',
      [id, paymentId, operationId, kind],
    )
    for (const entry of entries) {
      await payments.self.query(
        'INSERT INTO ledger_entry (transaction_id, account, amount, currency) VALUES ($1, $2, $3, $4)',
        [id, ...entry],
      )
    }
    await payments.self.query('COMMIT')
  } catch (error) {
    await payments.self.query('ROLLBACK')
    throw error
  }
}

describe('the ledger', () => {
  it.each([
    [
      'one that does not sum to zero',
      [
        ['acquirer-receivable', 100, 'EUR'],
        ['sales', -99, 'EUR'],
      ],
      'does not sum to zero',
    ],
    [
      'one that is balanced across currencies only',
      [
        ['acquirer-receivable', 100, 'EUR'],
        ['sales', -100, 'USD'],
      ],
      'does not sum to zero',
    ],
    ['one without entries', [], 'fewer than two entries'],
    [
      'an entry of nothing',
      [
        ['acquirer-receivable', 0, 'EUR'],
        ['sales', 0, 'EUR'],
      ],
      'check constraint',
    ],
    [
      'an account that does not exist',
      [
        ['pocket', 100, 'EUR'],
        ['sales', -100, 'EUR'],
      ],
      'foreign key',
    ],
  ] as const)('refuses %s', async (_what, entries, message) => {
    await expect(post('capture', entries)).rejects.toThrow(message)
    expect(await payments.count('FROM ledger_entry')).toBe(0)
  })

  it('takes what balances, once for each operation', async () => {
    const entries = [
      ['acquirer-receivable', 100, 'EUR'],
      ['sales', -100, 'EUR'],
    ] as const
    await post('capture', entries)
    await expect(post('capture', entries)).rejects.toThrow('duplicate key')
    const late = `INSERT INTO ledger_entry (transaction_id, account, amount, currency) SELECT id, 'sales', 5, 'EUR' FROM ledger_transaction`
    await expect(payments.self.query(late)).rejects.toThrow('does not sum to zero')
  })

  it('is insert-only for the service', async () => {
    for (const table of ['ledger_entry', 'ledger_transaction', 'ledger_account', 'payment_transition']) {
      for (const sql of [
        `DELETE FROM ${table}`,
        `UPDATE ${table} SET ${table === 'ledger_account' ? 'kind' : 'id'} = NULL`,
        `TRUNCATE ${table} CASCADE`,
      ]) {
        await expect(payments.self.query(sql), sql).rejects.toThrow('permission denied')
      }
    }
    await expect(payments.self.query('UPDATE payment_intent SET amount = 1')).rejects.toThrow('permission denied')
    await expect(payments.self.query('ALTER TABLE ledger_entry DISABLE TRIGGER ALL')).rejects.toThrow('must be owner')
  })

  it('sums to zero after captures and refunds, account by account', async () => {
    const before = await balances()
    for (const operations of [['capture'], ['capture', 'refund'], ['void']]) {
      const { intent } = await payments.pay('approve')
      for (const operation of operations) expect((await payments.operate(intent.id, operation)).status).toBe(200)
    }
    const after = await balances()
    expect(after['acquirer-receivable']! - before['acquirer-receivable']!).toBe(4_200)
    expect(after['sales']! - before['sales']!).toBe(-8_400)
    expect((after['refunds'] ?? 0) - (before['refunds'] ?? 0)).toBe(4_200)
    expect(Object.values(after).reduce((sum, balance) => sum + balance, 0)).toBe(0)
  })
})

async function balances(): Promise<Record<string, number>> {
  const { rows } = await payments.admin.query<{ account: string; sum: string }>(
    'SELECT account, sum(amount) FROM ledger_entry GROUP BY account',
  )
  return Object.fromEntries(rows.map(({ account, sum }) => [account, Number(sum)]))
}
