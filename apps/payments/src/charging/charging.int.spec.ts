import { randomUUID } from 'node:crypto'
import { PaymentIntent } from '@meshmart/contracts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { orderAmount, PaymentsUnderTest } from '../testing/payments-under-test.ts'

let payments: PaymentsUnderTest
beforeAll(async () => {
  payments = await PaymentsUnderTest.start(2)
})
afterAll(() => payments?.stop())

const charges = async (id: string) => ((await payments.there(id)) === undefined ? 0 : 1)

describe('authorise', () => {
  it.each([
    ['approve', 'authorised', null],
    ['decline', 'declined', 'card-declined'],
    ['insufficient-funds', 'declined', 'insufficient-funds'],
    ['timeout-after-charge', 'authorised', null],
    ['fail-once', 'authorised', null],
  ] as const)('with the card %s ends %s', async (behaviour, state, declineReason) => {
    const { status, intent } = await payments.pay(behaviour)
    expect({ status, ...intent }).toMatchObject({ status: 201, state, declineReason, amount: orderAmount })
    expect(await charges(intent.id)).toBe(1)
  })

  it('has one intent and one charge for one key, on two replicas at the same time', async () => {
    for (const behaviour of ['approve', 'timeout-after-charge', 'fail-once'] as const) {
      const key = randomUUID()
      const orderId = randomUUID()
      const body = { orderId, amount: orderAmount, token: await payments.token(behaviour) }
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, n) => payments.post('/v1/payments', body, key, n % 2)),
      )
      expect(new Set(answers.map(({ body }) => PaymentIntent.parse(body).id)).size).toBe(1)
      expect(new Set(answers.map(({ status, body }) => `${status} ${PaymentIntent.parse(body).state}`))).toEqual(
        new Set(['201 authorised']),
      )
      expect(await payments.count('FROM payment_intent WHERE order_id = $1', orderId)).toBe(1)
      const there = await payments.acquirer.books.query('SELECT FROM charge WHERE token = $1', [body.token])
      expect(there.rowCount).toBe(1)
      expect(
        await payments.count(
          'FROM payment_transition t JOIN payment_intent i ON i.id = t.intent_id WHERE order_id = $1',
          orderId,
        ),
      ).toBe(2)
    }
  })

  it('refuses another body under the same key, and a token that is not known', async () => {
    const key = randomUUID()
    const body = { orderId: randomUUID(), amount: orderAmount, token: await payments.token('approve') }
    await payments.post('/v1/payments', body, key)
    const other = await payments.post('/v1/payments', { ...body, amount: { amount: 1, currency: 'EUR' } }, key)
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } })
    const unknown = await payments.post('/v1/payments', { ...body, token: `tok_${'0'.repeat(32)}` })
    expect(unknown).toMatchObject({ status: 400, body: { code: 'invalid-request', errors: [{ field: 'token' }] } })
  })

  it('is finished by the other replica where one dies between the charge and the answer', async () => {
    const { intent } = await payments.pay('approve')
    // What such a death leaves: the acquirer has charged, we have not heard of it, and the lease runs out.
    await payments.admin.query(`DELETE FROM payment_transition WHERE intent_id = $1 AND state <> 'pending'`, [
      intent.id,
    ])
    await payments.admin.query(`UPDATE payment_intent SET state = 'pending' WHERE id = $1`, [intent.id])
    await payments.admin.query(
      `UPDATE payment_operation SET state = 'open', ended_at = NULL, claimed_by = 'the dead', lease_until = now() + interval '1 second'
       WHERE id = $1`,
      [intent.id],
    )
    await vi.waitUntil(
      async () => (await payments.count(`FROM payment_intent WHERE id = $1 AND state = 'authorised'`, intent.id)) === 1,
      { timeout: 8_000 },
    )
    expect(await charges(intent.id)).toBe(1)
  })
})

describe('capture, void, refund', () => {
  const postings = (id: string) => payments.count('FROM ledger_transaction WHERE payment_id = $1', id)

  it('captures once, however often it is asked, and refunds once', async () => {
    const { intent } = await payments.pay('approve')
    const key = randomUUID()
    const captures = await Promise.all(Array.from({ length: 5 }, () => payments.operate(intent.id, 'capture', { key })))
    for (const capture of captures) expect(capture).toMatchObject({ status: 200, body: { state: 'captured' } })
    expect(await payments.operate(intent.id, 'capture')).toMatchObject({ status: 200, body: { state: 'captured' } })
    expect(await postings(intent.id)).toBe(1)
    expect(await payments.operate(intent.id, 'void')).toMatchObject({ status: 409, body: { code: 'wrong-state' } })
    for (let n = 0; n < 2; n++) {
      expect(await payments.operate(intent.id, 'refund')).toMatchObject({ status: 200, body: { state: 'refunded' } })
    }
    expect(await postings(intent.id)).toBe(2)
    expect(await payments.operate(intent.id, 'capture')).toMatchObject({ status: 409, body: { code: 'wrong-state' } })
  })

  it('voids what is not captured, and nothing moves', async () => {
    const { intent } = await payments.pay('approve')
    expect(await payments.operate(intent.id, 'void')).toMatchObject({ status: 200, body: { state: 'voided' } })
    expect(await payments.operate(intent.id, 'capture')).toMatchObject({ status: 409, body: { code: 'wrong-state' } })
    expect(await postings(intent.id)).toBe(0)
  })

  it('lets one of capture and void win where both come at the same time', async () => {
    for (let round = 0; round < 5; round++) {
      const { intent } = await payments.pay('approve')
      const answers = await Promise.all(['capture', 'void'].map((operation) => payments.operate(intent.id, operation)))
      expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409])
    }
  })

  it('repeats a capture that died after the acquirer was told', async () => {
    const { intent } = await payments.pay('approve')
    const key = randomUUID()
    await payments.operate(intent.id, 'capture', { key })
    await undo(intent.id, 'authorised')
    expect(await payments.operate(intent.id, 'capture', { key })).toMatchObject({
      status: 200,
      body: { state: 'captured' },
    })
    expect(await postings(intent.id)).toBe(1)
    expect(await payments.there(intent.id)).toEqual({ state: 'captured', captured: 4_200, refunded: 0 })
  })

  it('refuses a declined payment, an unknown one, and a key that was used for another', async () => {
    const { intent } = await payments.pay('decline')
    expect(await payments.operate(intent.id, 'capture')).toMatchObject({ status: 409, body: { code: 'wrong-state' } })
    expect(await payments.operate(randomUUID(), 'capture')).toMatchObject({ status: 404, body: { code: 'not-found' } })
    const [one, two] = [await payments.pay('approve'), await payments.pay('approve')]
    const key = randomUUID()
    await payments.operate(one.intent.id, 'capture', { key })
    expect(await payments.operate(two.intent.id, 'capture', { key })).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused' },
    })
  })
})

/** What a death between the acquirer's answer and our commit leaves of the payment's last operation. */
async function undo(id: string, state: 'authorised'): Promise<void> {
  await payments.admin.query(
    'DELETE FROM ledger_entry USING ledger_transaction t WHERE transaction_id = t.id AND payment_id = $1',
    [id],
  )
  await payments.admin.query('DELETE FROM ledger_transaction WHERE payment_id = $1', [id])
  await payments.admin.query(`DELETE FROM payment_transition WHERE intent_id = $1 AND state = 'captured'`, [id])
  await payments.admin.query('UPDATE payment_intent SET state = $2, captured_amount = 0 WHERE id = $1', [id, state])
  await payments.admin.query(
    `UPDATE payment_operation SET state = 'open', ended_at = NULL WHERE payment_id = $1 AND kind = 'capture'`,
    [id],
  )
}
