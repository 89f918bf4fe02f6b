import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { AcquirerUnderTest, euros } from './testing/acquirer-under-test.ts'

let acquirer: AcquirerUnderTest
beforeAll(async () => {
  acquirer = await AcquirerUnderTest.start()
})
afterEach(async () => {
  acquirer.webhookStatus = 204
  await acquirer.pull({ latencyMs: 0, lostAnswers: 0, outages: 0, declineAbove: 0 })
})
afterAll(() => acquirer?.stop())

const never = { name: 'TimeoutError' }
const problem = (status: number, code: string) => ({ status, body: { code } })

describe('charges', () => {
  it('one for each reference, however often it is asked for at the same time', async () => {
    const body = { reference: randomUUID(), token: await acquirer.token(), amount: euros(700) }
    const answers = await Promise.all(Array.from({ length: 10 }, () => acquirer.ask('POST', '/v1/charges', body)))
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 200, body: { state: 'authorised', captured: euros(0) } })
    expect(await acquirer.ask('GET', `/v1/charges/${body.reference}`)).toEqual(answers[0])
    const other = await acquirer.ask('POST', '/v1/charges', { ...body, amount: euros(701) })
    expect(other).toMatchObject(problem(422, 'idempotency-key-reused'))
  })

  it('refuses a wrong key, a token that is not known, a body that is none, and a reference that never arrived', async () => {
    expect(await acquirer.ask('GET', `/v1/charges/${randomUUID()}`, undefined, 'wrong')).toMatchObject(
      problem(401, 'not-signed-in'),
    )
    const body = { reference: randomUUID(), token: `tok_${'0'.repeat(32)}`, amount: euros(1) }
    expect(await acquirer.ask('POST', '/v1/charges', body)).toMatchObject(problem(400, 'invalid-request'))
    expect(await acquirer.ask('POST', '/v1/charges', { ...body, amount: euros(0) })).toMatchObject(
      problem(400, 'invalid-request'),
    )
    expect(await acquirer.ask('GET', `/v1/charges/${body.reference}`)).toMatchObject(problem(404, 'not-found'))
  })

  it('books before its answer is lost, and can be asked', async () => {
    const body = { reference: randomUUID(), token: await acquirer.token('timeout-after-charge'), amount: euros(1) }
    await expect(acquirer.ask('POST', '/v1/charges', body)).rejects.toMatchObject(never)
    expect(await acquirer.ask('GET', `/v1/charges/${body.reference}`)).toMatchObject({ body: { state: 'authorised' } })
  })

  it('fails once and books nothing, for the card that does', async () => {
    const body = { reference: randomUUID(), token: await acquirer.token('fail-once'), amount: euros(1) }
    expect(await acquirer.ask('POST', '/v1/charges', body)).toMatchObject(problem(503, 'upstream-unavailable'))
    expect((await acquirer.ask('GET', `/v1/charges/${body.reference}`)).status).toBe(404)
    expect(await acquirer.ask('POST', '/v1/charges', body)).toMatchObject({ body: { state: 'authorised' } })
  })
})

describe('operations', () => {
  it('captures a part, refunds it in parts, and never more', async () => {
    const { reference } = await acquirer.charge(1_000)
    expect(await acquirer.operate(reference, 'capture', 600)).toMatchObject({
      body: { outcome: 'done', charge: { captured: euros(600) } },
    })
    const refunds = await Promise.all([250, 250, 250].map((amount) => acquirer.operate(reference, 'refund', amount)))
    const outcomes = refunds.map(({ body }) => (body as { outcome: string }).outcome)
    expect(outcomes.sort()).toEqual(['done', 'done', 'refused'])
    expect(await acquirer.operate(reference, 'refund', 100)).toMatchObject({
      body: { outcome: 'done', charge: { refunded: euros(600) } },
    })
    expect(await acquirer.operate(reference, 'void', 1_000)).toMatchObject({ body: { outcome: 'refused' } })
  })

  it('one for each reference, and the answer stays, also a refusal', async () => {
    const { reference } = await acquirer.charge(1_000)
    const early = randomUUID()
    expect(await acquirer.operate(reference, 'refund', 100, early)).toMatchObject({ body: { outcome: 'refused' } })
    const capture = randomUUID()
    await Promise.all(Array.from({ length: 8 }, () => acquirer.operate(reference, 'capture', 1_000, capture)))
    expect(await acquirer.ask('GET', `/v1/operations/${early}`)).toMatchObject({
      body: { outcome: 'refused', charge: { state: 'captured' } },
    })
    const refund = randomUUID()
    await Promise.all(Array.from({ length: 8 }, () => acquirer.operate(reference, 'refund', 300, refund)))
    expect(await acquirer.ask('GET', `/v1/charges/${reference}`)).toMatchObject({ body: { refunded: euros(300) } })
    expect(await acquirer.operate(reference, 'refund', 301, refund)).toMatchObject(
      problem(422, 'idempotency-key-reused'),
    )
    expect((await acquirer.operate(randomUUID(), 'void', 1)).status).toBe(404)
  })

  it('are booked before their answer is lost', async () => {
    const { reference } = await acquirer.charge(1_000)
    const capture = randomUUID()
    expect(await acquirer.pull({ lostAnswers: 1 })).toBe(200)
    await expect(acquirer.operate(reference, 'capture', 1_000, capture)).rejects.toMatchObject(never)
    expect(await acquirer.ask('GET', `/v1/operations/${capture}`)).toMatchObject({ body: { outcome: 'done' } })
  })
})

describe('levers', () => {
  it('decline above an amount, refuse, wait', async () => {
    await acquirer.pull({ declineAbove: 500, latencyMs: 120 })
    const started = performance.now()
    expect(await acquirer.charge(501)).toMatchObject({ state: 'declined', declineReason: 'insufficient-funds' })
    expect(performance.now() - started).toBeGreaterThan(230)
    expect(await acquirer.charge(500)).toMatchObject({ state: 'authorised' })
    await acquirer.pull({ outages: 1 })
    expect(await acquirer.ask('GET', `/v1/charges/${randomUUID()}`)).toMatchObject(problem(503, 'upstream-unavailable'))
    expect(await acquirer.pull({ outages: 2 })).toBe(400)
    expect(await acquirer.pull({ unknown: 1 })).toBe(400)
  })
})

describe('webhooks', () => {
  const heardOf = (charge: string) => acquirer.heard.filter(({ event }) => event.subject === charge)

  it('tell each thing that happened, signed with the time of the telling', async () => {
    const { reference } = await acquirer.charge(1_000)
    await acquirer.operate(reference, 'capture', 1_000)
    await acquirer.operate(reference, 'refund', 1)
    await vi.waitUntil(() => heardOf(reference).length >= 3, { timeout: 5_000 })
    const types = heardOf(reference).map(({ event }) => event.type)
    expect(types.sort()).toEqual(['charge.authorised', 'charge.captured', 'charge.refunded'])
    for (const { signed, secondsOff } of heardOf(reference))
      expect([signed, Math.abs(secondsOff) <= 5]).toEqual([true, true])
  })

  it('leave at once, each, though nobody looks for them more than every two seconds', async () => {
    const started = performance.now()
    for (let n = 0; n < 8; n++) {
      const { reference } = await acquirer.charge(1_000)
      await vi.waitUntil(() => heardOf(reference).length >= 1, { timeout: 5_000, interval: 5 })
    }
    // Looked for, they would have waited for seven pauses.
    expect(performance.now() - started).toBeLessThan(12_000)
  })

  it('are told again, under the same id, until they are heard', async () => {
    acquirer.webhookStatus = 500
    const { reference } = await acquirer.charge(1_000)
    await vi.waitUntil(() => heardOf(reference).length >= 1, { timeout: 5_000 })
    acquirer.webhookStatus = 204
    await acquirer.sql.query(`UPDATE webhook SET due_at = now() WHERE charge = $1`, [reference])
    await vi.waitUntil(() => heardOf(reference).length >= 2, { timeout: 5_000 })
    expect(new Set(heardOf(reference).map(({ event }) => event.id)).size).toBe(1)
    await vi.waitUntil(
      async () =>
        (await acquirer.sql.query('SELECT FROM webhook WHERE charge = $1 AND delivered_at IS NULL', [reference]))
          .rowCount === 0,
      { timeout: 5_000 },
    )
  })
})

describe('a merchant that wants to hear of refunds alone', () => {
  it('hears of nothing else, and nothing else is kept for it', async () => {
    const quiet = await AcquirerUnderTest.start({ ACQUIRER_WEBHOOK_TYPES: 'charge.refunded' })
    try {
      const { reference } = await quiet.charge(1_000)
      await quiet.operate(reference, 'capture', 1_000)
      await quiet.operate(reference, 'refund', 1)
      await vi.waitUntil(() => quiet.heard.length >= 1, { timeout: 5_000 })
      expect(quiet.heard).toMatchObject([{ event: { type: 'charge.refunded', subject: reference } }])
      expect((await quiet.sql.query('SELECT type FROM webhook')).rows).toEqual([{ type: 'charge.refunded' }])
    } finally {
      await quiet.stop()
    }
  })
})

describe('an acquirer at rest', () => {
  it('asks its books once a second', async () => {
    const resting = await AcquirerUnderTest.start()
    try {
      const asked = new Set<string>()
      const until = performance.now() + 4_200
      while (performance.now() < until) {
        const { rows } = await resting.sql.query<{ statement: string }>(
          `SELECT pid || ' ' || query_start AS statement FROM pg_stat_activity
           WHERE datname = current_database() AND usename = 'acquirer_app' AND query_start IS NOT NULL`,
        )
        for (const { statement } of rows) asked.add(statement)
        await sleep(20)
      }
      // Two rounds, every two seconds, the first of each at the start; and one that forgets, at the start. What is parsed first can be seen twice.
      expect(asked.size).toBeGreaterThanOrEqual(3)
      expect(asked.size).toBeLessThanOrEqual(12)
    } finally {
      await resting.stop()
    }
  })
})

describe('a hold that runs out, at an acquirer whose clock is off', () => {
  it('is let go, told, and cannot be captured', async () => {
    const skewed = await AcquirerUnderTest.start({ ACQUIRER_HOLD_SECONDS: '1', ACQUIRER_CLOCK_SKEW_SECONDS: '600' })
    try {
      const { reference, expiresAt } = await skewed.charge(1_000)
      expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(500_000)
      const expired = () => skewed.heard.find(({ event }) => event.type === 'charge.expired')
      await vi.waitUntil(() => expired() !== undefined, { timeout: 5_000 })
      expect(expired()).toMatchObject({ event: { subject: reference }, signed: true })
      expect(Math.abs(expired()!.secondsOff - 600)).toBeLessThanOrEqual(5)
      expect(await skewed.operate(reference, 'capture', 1_000)).toMatchObject({
        body: { outcome: 'refused', charge: { state: 'expired' } },
      })
    } finally {
      await skewed.stop()
    }
  })
})
