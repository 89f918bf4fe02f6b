/** Holds that run out, with and without a webhook that says so, between clocks that differ by minutes; and webhooks that are not what they say. */
import { createHmac, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { shared } from '../testing/acquirer-process.ts'
import { PaymentsUnderTest } from '../testing/payments-under-test.ts'

const stateOf = async (payments: PaymentsUnderTest, id: string): Promise<string> => {
  const { rows } = await payments.admin.query<{ state: string }>('SELECT state FROM payment_intent WHERE id = $1', [id])
  return rows[0]!.state
}

describe.each([
  ['whose clock is ours', '0'],
  ['whose clock is ten minutes behind', '-600'],
])('an acquirer %s and that holds for two seconds', (_what, skew) => {
  let payments: PaymentsUnderTest
  beforeAll(async () => {
    payments = await PaymentsUnderTest.start(1, { ACQUIRER_HOLD_SECONDS: '2', ACQUIRER_CLOCK_SKEW_SECONDS: skew })
  })
  afterAll(() => payments?.stop())

  it('lets go what is not captured; we find out without being told, and nothing moves', async () => {
    const { intent } = await payments.pay('approve')
    await vi.waitUntil(async () => (await payments.there(intent.id))?.state === 'expired', { timeout: 8_000 })
    // By our clock the hold has run out long ago, or just now: in either case it was asked, perhaps too early, and is asked again after a while.
    await payments.admin.query(
      `UPDATE payment_operation SET created_at = now() - interval '2 minutes' WHERE kind = 'inquire'`,
    )
    await vi.waitUntil(async () => (await stateOf(payments, intent.id)) === 'expired', { timeout: 8_000 })
    for (const kind of ['capture', 'void'])
      expect(await payments.operate(intent.id, kind)).toMatchObject({ status: 409, body: { code: 'wrong-state' } })
    expect(await payments.count('FROM ledger_transaction WHERE payment_id = $1', intent.id)).toBe(0)
    // Whoever waits for the money is told, once.
    const told = await payments.admin.query('SELECT type, data FROM outbox WHERE subject = $1', [intent.orderId])
    const data = { paymentId: intent.id, orderId: intent.orderId, amount: intent.amount }
    expect(told.rows).toEqual([{ type: 'payment.expired', data }])
  })

  it('and a capture that comes too late is refused, and the payment says why', async () => {
    const { intent } = await payments.pay('approve')
    await payments.admin.query(`UPDATE payment_intent SET expires_at = now() + interval '1 day' WHERE id = $1`, [
      intent.id,
    ])
    await vi.waitUntil(async () => (await payments.there(intent.id))?.state === 'expired', { timeout: 8_000 })
    expect(await payments.operate(intent.id, 'capture')).toMatchObject({ status: 409, body: { code: 'wrong-state' } })
    expect(await stateOf(payments, intent.id)).toBe('expired')
  })
})

describe('webhooks', () => {
  let payments: PaymentsUnderTest
  beforeAll(async () => {
    payments = await PaymentsUnderTest.start(2)
  })
  afterAll(() => payments?.stop())

  const event = (subject: string, type = 'charge.expired') => ({
    specversion: '1.0',
    id: randomUUID(),
    source: 'acquirer',
    type,
    subject,
    time: new Date().toISOString(),
  })
  async function tell(
    content: object | string,
    { secondsOff = 0, replica = 0, contentType = 'application/cloudevents+json' } = {},
  ) {
    const body = typeof content === 'string' ? content : JSON.stringify(content)
    const t = Math.floor(Date.now() / 1000) + secondsOff
    const v1 = createHmac('sha256', shared.ACQUIRER_WEBHOOK_SECRET).update(`${t}.${body}`).digest('hex')
    const answer = await payments.apps[replica]!.inject({
      method: 'POST',
      url: '/v1/webhooks/acquirer',
      headers: { 'content-type': contentType, 'acquirer-signature': `t=${t},v1=${v1}` },
      payload: body,
    })
    return { status: answer.statusCode, code: answer.body === '' ? '' : answer.json<{ code: string }>().code }
  }
  const inquiries = (id: string) =>
    payments.count(`FROM payment_operation WHERE payment_id = $1 AND kind = 'inquire'`, id)

  it('make us ask, once for each event, however often and wherever it comes', async () => {
    const { intent } = await payments.pay('approve')
    const told = event(intent.id)
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => tell(told, { replica: n % 2 })))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]))
    await vi.waitUntil(
      () =>
        payments.count(
          `FROM payment_operation WHERE payment_id = $1 AND kind = 'inquire' AND state = 'done'`,
          intent.id,
        ),
      {
        timeout: 5_000,
      },
    )
    expect(await tell(told)).toEqual({ status: 204, code: '' })
    expect(await inquiries(intent.id)).toBe(1)
    // It was a lie: the acquirer, asked, still holds the money.
    expect(await stateOf(payments, intent.id)).toBe('authorised')
  })

  it('are believed where the acquirer says the same', async () => {
    const { intent } = await payments.pay('approve')
    await payments.acquirer.books.query(`UPDATE charge SET state = 'expired' WHERE reference = $1`, [intent.id])
    expect(await tell(event(intent.id))).toEqual({ status: 204, code: '' })
    await vi.waitUntil(async () => (await stateOf(payments, intent.id)) === 'expired', { timeout: 5_000 })
  })

  it('of a payment that is not ours are taken and change nothing', async () => {
    const stranger = randomUUID()
    expect(await tell(event(stranger))).toEqual({ status: 204, code: '' })
    expect(await inquiries(stranger)).toBe(0)
  })

  it('are refused where the signature, the time, the form or the type is wrong', async () => {
    const { intent } = await payments.pay('approve')
    expect(await tell(event(intent.id), { secondsOff: -301 })).toEqual({ status: 401, code: 'wrong-signature' })
    expect(await tell(event(intent.id), { secondsOff: 310 })).toEqual({ status: 401, code: 'wrong-signature' })
    expect(await tell(event(intent.id), { contentType: 'application/json' })).toEqual({
      status: 415,
      code: 'unsupported-media-type',
    })
    expect(await tell('{"id":')).toEqual({ status: 400, code: 'invalid-json' })
    expect(await tell(event(intent.id, 'charge.doubled'))).toEqual({ status: 400, code: 'invalid-request' })
    const unsigned = await payments.apps[0]!.inject({
      method: 'POST',
      url: '/v1/webhooks/acquirer',
      headers: { 'content-type': 'application/cloudevents+json' },
      payload: JSON.stringify(event(intent.id)),
    })
    expect(unsigned.statusCode).toBe(401)
    expect(await inquiries(intent.id)).toBe(0)
  })
})
