/** A replica dies at each boundary of an operation: written down and not sent, sent and not heard, heard and not written down. Another one finishes it, once. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { shared } from '../testing/acquirer-process.ts'
import { PaymentsUnderTest } from '../testing/payments-under-test.ts'

let payments: PaymentsUnderTest
beforeAll(async () => {
  payments = await PaymentsUnderTest.start(2)
})
afterAll(() => payments?.stop())

const kinds = ['capture', 'void', 'refund'] as const
type Kind = (typeof kinds)[number]
const amountOf: Record<Kind, number> = { capture: 3_000, void: 4_200, refund: 1_000 }

/** What the dead replica had written: an operation under its claim, and a refund's part of the money spoken for. */
async function written(kind: Kind): Promise<{ payment: string; operation: string }> {
  const { intent } = await payments.pay('approve')
  if (kind === 'refund') await payments.operate(intent.id, 'capture')
  const operation = randomUUID()
  await payments.self.query('BEGIN')
  await payments.self.query(
    `INSERT INTO payment_operation (id, payment_id, kind, amount, state, claimed_by, lease_until, fence)
     VALUES ($1, $2, $3, $4, 'open', 'payments-dead', now() + interval '700 milliseconds', 1)`,
    [operation, intent.id, kind, amountOf[kind]],
  )
  if (kind === 'refund')
    await payments.self.query('UPDATE payment_intent SET refunding_amount = $2 WHERE id = $1', [
      intent.id,
      amountOf[kind],
    ])
  await payments.self.query('COMMIT')
  return { payment: intent.id, operation }
}

/** The call that the dead replica had made. */
async function send(payment: string, operation: string, kind: Kind): Promise<void> {
  const answer = await fetch(`${payments.acquirer.url}/v1/charges/${payment}/operations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${shared.ACQUIRER_API_KEY}` },
    body: JSON.stringify({ reference: operation, kind, amount: { amount: amountOf[kind], currency: 'EUR' } }),
  })
  expect(answer.status).toBe(200)
}

const there: Record<Kind, object> = {
  capture: { state: 'captured', captured: 3_000, refunded: 0 },
  void: { state: 'voided', captured: 0, refunded: 0 },
  refund: { state: 'captured', captured: 4_200, refunded: 1_000 },
}
const here: Record<Kind, object> = {
  capture: { state: 'captured', captured_amount: '3000', refunded_amount: '0', refunding_amount: '0' },
  void: { state: 'voided', captured_amount: '0', refunded_amount: '0', refunding_amount: '0' },
  refund: { state: 'captured', captured_amount: '4200', refunded_amount: '1000', refunding_amount: '0' },
}

describe.each(['written down and not sent', 'sent and not heard'] as const)('an operation %s', (how) => {
  it.each(kinds)('%s is finished by another replica, once', async (kind) => {
    const { payment, operation } = await written(kind)
    if (how === 'sent and not heard') await send(payment, operation, kind)
    const ended = () =>
      payments.count(`FROM payment_operation WHERE id = $1 AND state = 'done' AND fence > 1`, operation)
    await vi.waitUntil(async () => (await ended()) === 1, { timeout: 10_000 })
    expect(await payments.there(payment)).toEqual(there[kind])
    const { rows } = await payments.admin.query(
      'SELECT state, captured_amount, refunded_amount, refunding_amount FROM payment_intent WHERE id = $1',
      [payment],
    )
    expect(rows[0]).toEqual(here[kind])
    const posted = kind === 'refund' ? 2 : kind === 'capture' ? 1 : 0
    expect(await payments.count('FROM ledger_transaction WHERE payment_id = $1', payment)).toBe(posted)
    const booked = await payments.acquirer.books.query('SELECT FROM operation WHERE reference = $1', [operation])
    expect(booked.rowCount).toBe(1)
  })
})
