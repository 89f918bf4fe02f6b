/** Money in parts, racing, over an acquirer that loses answers, on two replicas: against a real PostgreSQL and the acquirer as a process. */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { PaymentsUnderTest } from '../testing/payments-under-test.ts'

let payments: PaymentsUnderTest
beforeAll(async () => {
  payments = await PaymentsUnderTest.start(2)
})
afterEach(() => payments.acquirer.pull({ lostAnswers: 0, outages: 0 }))
afterAll(() => payments?.stop())

const captured = async (amount?: number): Promise<string> => {
  const { intent } = await payments.pay('approve')
  await payments.operate(intent.id, 'capture', amount === undefined ? {} : { amount })
  return intent.id
}
const ledgerOf = async (id: string): Promise<number> => {
  const { rows } = await payments.admin.query<{ sum: string | null }>(
    `SELECT sum(e.amount) FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id
     WHERE t.payment_id = $1 AND e.account = 'acquirer-receivable'`,
    [id],
  )
  return Number(rows[0]?.sum ?? 0)
}
/** Our book, the ledger and the acquirer's book say the same. */
async function agreed(id: string, taken: number, back: number): Promise<void> {
  const ours = await payments.admin.query<{ captured: string; refunded: string; refunding: string }>(
    'SELECT captured_amount AS captured, refunded_amount AS refunded, refunding_amount AS refunding FROM payment_intent WHERE id = $1',
    [id],
  )
  expect(ours.rows[0]).toEqual({ captured: String(taken), refunded: String(back), refunding: '0' })
  expect(await payments.there(id)).toMatchObject({ captured: taken, refunded: back })
  expect(await ledgerOf(id)).toBe(taken - back)
}
const openOperations = () => payments.count(`FROM payment_operation WHERE state = 'open'`)

describe('money in parts', () => {
  it('captures a part and refunds it in parts, never more', async () => {
    const id = await captured(3_000)
    await agreed(id, 3_000, 0)
    expect(await payments.operate(id, 'capture', { amount: 4_200 })).toMatchObject({
      status: 409,
      body: { code: 'wrong-state' },
    })
    expect(await payments.operate(id, 'refund', { amount: 1_000 })).toMatchObject({
      status: 200,
      body: { state: 'captured', refunded: { amount: 1_000 } },
    })
    const more = await payments.operate(id, 'refund', { amount: 2_001 })
    expect(more).toMatchObject({
      status: 422,
      body: { code: 'refund-exceeds-captured', errors: [{ field: 'amount.amount', code: 'too-big' }] },
    })
    expect(await payments.operate(id, 'refund')).toMatchObject({
      status: 200,
      body: { state: 'refunded', refunded: { amount: 3_000 } },
    })
    await agreed(id, 3_000, 3_000)
  })

  it('refuses more than was authorised, nothing, and another currency', async () => {
    const { intent } = await payments.pay('approve')
    expect(await payments.operate(intent.id, 'capture', { amount: 4_201 })).toMatchObject({
      status: 422,
      body: { code: 'capture-exceeds-authorised' },
    })
    expect(await payments.operate(intent.id, 'capture', { amount: 0 })).toMatchObject({
      status: 400,
      body: { code: 'invalid-request' },
    })
    const dollars = await payments.post(`/v1/payments/${intent.id}/capture`, { amount: { amount: 1, currency: 'USD' } })
    expect(dollars).toMatchObject({ status: 400, body: { errors: [{ field: 'amount.currency' }] } })
    await agreed(intent.id, 0, 0)
  })

  it('has one refund for one key, and refuses another amount under it', async () => {
    const id = await captured()
    const key = randomUUID()
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => payments.operate(id, 'refund', { key, amount: 500, replica: n % 2 })),
    )
    await agreed(id, 4_200, 500)
    expect(await payments.operate(id, 'refund', { key, amount: 501 })).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused' },
    })
  })
})

describe('a refund that the acquirer refuses', () => {
  /** As if somebody had given the money back over there, past us: then nothing is left to refund. */
  const giveBackThere = (id: string, amount: number) =>
    payments.acquirer.books.query('UPDATE charge SET refunded = $2 WHERE reference = $1', [id, amount])

  it('is told, moves nothing, and is asked for again by whoever asks again, with the same key', async () => {
    const id = await captured()
    const key = randomUUID()
    await giveBackThere(id, 4_200)
    const refuses = { status: 409, body: { code: 'wrong-state', detail: expect.stringContaining('refused to refund') } }
    expect(await payments.operate(id, 'refund', { key, amount: 700 })).toMatchObject(refuses)
    expect(await payments.operate(id, 'refund', { key, amount: 700, replica: 1 })).toMatchObject(refuses)
    await giveBackThere(id, 0)
    await agreed(id, 4_200, 0)
    expect(await payments.operate(id, 'refund', { key, amount: 701 })).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused' },
    })
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) => payments.operate(id, 'refund', { key, amount: 700, replica: n % 2 })),
    )
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: { refunded: { amount: 700 } } })
    await agreed(id, 4_200, 700)
    expect(
      await payments.count(
        `FROM payment_operation WHERE payment_id = $1 AND kind = 'refund' AND state = 'refused'`,
        id,
      ),
    ).toBe(2)
  })
})

describe('races', () => {
  it('of two refunds that are more than there is together, one wins', async () => {
    for (let round = 0; round < 10; round++) {
      const id = await captured()
      const answers = await Promise.all(
        [0, 1].map((replica) => payments.operate(id, 'refund', { amount: 2_500, replica })),
      )
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 422])
      await agreed(id, 4_200, 2_500)
    }
  })

  it('of twenty refunds, as many win as there is money for', async () => {
    const id = await captured()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => payments.operate(id, 'refund', { amount: 420, replica: n % 2 })),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10)
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(10)
    await agreed(id, 4_200, 4_200)
  })

  it('of void and capture, on two replicas, one wins, and the books agree', async () => {
    for (let round = 0; round < 10; round++) {
      const { intent } = await payments.pay('approve')
      const answers = await Promise.all(
        ['capture', 'void'].map((kind, replica) => payments.operate(intent.id, kind, { replica })),
      )
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
      await agreed(intent.id, answers[0]!.status === 200 ? 4_200 : 0, 0)
    }
  })

  it('the database refuses what no code here would ask for', async () => {
    const id = await captured()
    const beyond = `UPDATE payment_intent SET refunding_amount = 4201 WHERE id = '${id}'`
    await expect(payments.self.query(beyond)).rejects.toThrow('payment_refunded_within_captured')
    await expect(
      payments.self.query(`UPDATE payment_intent SET captured_amount = 4201 WHERE id = '${id}'`),
    ).rejects.toThrow('payment_captured_within_authorised')
  })
})

describe('an acquirer that books and does not answer', () => {
  it('is asked, and moves the money once, whatever is lost', async () => {
    const { intent } = await payments.pay('approve')
    await payments.acquirer.pull({ lostAnswers: 1 })
    // The first call books and is lost; the question that follows is answered.
    expect(await payments.operate(intent.id, 'capture')).toMatchObject({ status: 200, body: { state: 'captured' } })
    expect(await payments.operate(intent.id, 'refund', { amount: 1_200 })).toMatchObject({
      status: 200,
      body: { refunded: { amount: 1_200 } },
    })
    await agreed(intent.id, 4_200, 1_200)
    const { rows } = await payments.acquirer.books.query('SELECT FROM operation WHERE charge = $1', [intent.id])
    expect(rows).toHaveLength(2)
  })

  it('answers 202 through an outage, goes on by itself after it, and tells who asks again', async () => {
    const id = await captured()
    await payments.acquirer.pull({ outages: 1 })
    const key = randomUUID()
    expect(await payments.operate(id, 'refund', { key, amount: 700 })).toMatchObject({
      status: 202,
      body: { state: 'captured', refunded: { amount: 0 } },
    })
    // The money is spoken for meanwhile.
    expect(await payments.operate(id, 'refund', { amount: 3_501 })).toMatchObject({ status: 422 })
    await payments.acquirer.pull({ outages: 0 })
    await vi.waitUntil(async () => (await openOperations()) === 0, { timeout: 15_000 })
    expect(await payments.operate(id, 'refund', { key, amount: 700 })).toMatchObject({
      status: 200,
      body: { refunded: { amount: 700 } },
    })
    await agreed(id, 4_200, 700)
  })

  it('half of all answers lost and a fifth of all calls refused: the books agree in the end', async () => {
    await payments.acquirer.pull({ lostAnswers: 0.5, outages: 0.2 })
    const ids = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const token = await vi.waitUntil(() => payments.token('approve').catch(() => undefined), { timeout: 10_000 })
        const body = { orderId: randomUUID(), amount: { amount: 4_200, currency: 'EUR' }, token }
        const answer = await payments.post('/v1/payments', body, randomUUID(), n % 2)
        const { id } = answer.body as { id: string }
        await vi.waitUntil(async () => (await payments.operate(id, 'capture')).status === 200, {
          timeout: 20_000,
          interval: 300,
        })
        await Promise.all([1_000, 2_000].map((amount, replica) => payments.operate(id, 'refund', { amount, replica })))
        return id
      }),
    )
    await payments.acquirer.pull({ lostAnswers: 0, outages: 0 })
    await vi.waitUntil(async () => (await openOperations()) === 0, { timeout: 20_000 })
    for (const id of ids) await agreed(id, 4_200, 3_000)
  }, 60_000)
})
