/** The back office's door: who comes in, what goes on to the services behind it and in whose name, and what the auditor left. */
import { randomUUID } from 'node:crypto'
import { LastAudit, StaffOrder } from '@meshmart/contracts'
import { raw } from '@meshmart/service-kit'
import { beforeAll, describe, expect, it } from 'vitest'
import { openShop, password, register, shop } from '../testing/open-shop.ts'
import { demoPassword, Visitor } from '../testing/shop.ts'

openShop()

const id = '00000000-0000-4000-8000-000000000001'
const at = '2026-01-01T00:00:00.000Z'
const address = { name: 'Ada', line1: '1 Way', postalCode: '10115', city: 'Berlin', country: 'DE' }
const order = {
  id,
  state: 'confirmed',
  lines: [],
  total: { amount: 1850, currency: 'EUR' },
  email: 'ada@example.org',
  shippingAddress: address,
  card: { brand: 'visa', last4: '4242' },
  rejection: null,
  history: [{ state: 'confirmed', at, cause: 'checkout' }],
  returns: [],
  traceId: 'ab'.repeat(16),
  createdAt: at,
  updatedAt: at,
}
const saga = {
  step: 'capture',
  attempts: 0,
  dueAt: at,
  claimedBy: null,
  finishedAt: at,
  reservationId: id,
  paymentId: id,
}
const stored = (actions: object[]) => ({
  status: 200,
  body: { order, customer: `guest:${id}`, saga, unsettled: [], actions },
})
const letters = { status: 200, body: { letters: [], total: 0 } }
const outcome = { status: 200, body: { done: [3], missing: [] } }

const everyone: Record<'stranger' | 'customer' | 'staff' | 'admin', Visitor> = {} as never
let staffId: string
let adminId: string
const signIn = async (email: string): Promise<Visitor> => {
  const who = new Visitor(shop.app)
  const answer = await who.ask('POST', '/api/v1/session', { body: { email, password: demoPassword } })
  expect(answer.statusCode).toBe(201)
  return who
}
const idOf = async (who: Visitor) => (await who.ask('GET', '/api/v1/account')).json<{ id: string }>().id

beforeAll(async () => {
  everyone.stranger = new Visitor(shop.app)
  everyone.customer = new Visitor(shop.app)
  await register(everyone.customer)
  everyone.staff = await signIn('staff@meshmart.example')
  everyone.admin = await signIn('admin@meshmart.example')
  staffId = `account:${await idOf(everyone.staff)}`
  adminId = `account:${await idOf(everyone.admin)}`
  expect(password).not.toBe(demoPassword)
  const { desks } = shop.neighbours
  desks.set('GET /v1/staff/orders', { status: 200, body: { items: [], nextCursor: null } })
  desks.set(`GET /v1/staff/orders/${id}`, stored([{ action: 'retry', actor: `account:${randomUUID()}`, at }]))
  desks.set(`POST /v1/staff/orders/${id}/cancel`, stored([{ action: 'cancel', actor: staffId, at }]))
  desks.set('GET /v1/dead-letters', letters)
  desks.set('POST /v1/dead-letters/replay', outcome)
})

describe('who comes in', () => {
  it.each([
    ['GET', '/api/v1/admin/orders', [401, 403, 200, 200]],
    ['GET', `/api/v1/admin/orders/${id}`, [401, 403, 200, 200]],
    ['POST', `/api/v1/admin/orders/${id}/cancel`, [401, 403, 200, 200]],
    ['GET', '/api/v1/admin/audit', [401, 403, 200, 200]],
    ['GET', '/api/v1/admin/dead-letters', [401, 403, 403, 200]],
    ['POST', '/api/v1/admin/dead-letters/replay', [401, 403, 403, 200]],
  ] as const)('%s %s: stranger, customer, staff, admin', async (method, path, statuses) => {
    const body = path.endsWith('replay') ? { body: { sequences: [3] } } : {}
    const found = []
    for (const who of ['stranger', 'customer', 'staff', 'admin'] as const)
      found.push((await everyone[who].ask(method, path, body)).statusCode)
    expect(found).toEqual(statuses)
  })

  it('tells a customer nothing of what is there: a foreign id and an unknown one are the same', async () => {
    const answers = await Promise.all(
      [id, randomUUID(), 'no-id'].map((each) => everyone.customer.ask('GET', `/api/v1/admin/orders/${each}`)),
    )
    for (const answer of answers) expect(answer.json()).toMatchObject({ status: 403, code: 'not-allowed' })
  })

  it('takes nothing from another site, also not with the cookie of staff', async () => {
    const answer = await everyone.staff.ask('POST', `/api/v1/admin/orders/${id}/cancel`, {
      headers: { origin: 'https://evil.example' },
    })
    expect(answer.json()).toMatchObject({ status: 403, code: 'not-allowed' })
    expect(shop.neighbours.asked).toEqual([])
  })
})

describe('what goes on', () => {
  it('says who acts, whatever the caller says of themselves, and names them in the answer', async () => {
    const answer = await everyone.staff.ask('POST', `/api/v1/admin/orders/${id}/cancel`, {
      headers: { 'x-staff-id': `account:${randomUUID()}` },
    })
    expect(shop.neighbours.asked).toMatchObject([{ method: 'POST', headers: { 'x-staff-id': staffId } }])
    expect(StaffOrder.parse(answer.json()).actions).toEqual([
      { action: 'cancel', at, actor: { id: staffId, name: 'Demo Staff' } },
    ])
  })

  it('names nobody whose account is gone', async () => {
    const answer = await everyone.staff.ask('GET', `/api/v1/admin/orders/${id}`)
    expect(StaffOrder.parse(answer.json()).actions).toMatchObject([{ action: 'retry', actor: { name: null } }])
  })

  it('asks orders for what is searched, and checks it before', async () => {
    await everyone.staff.ask('GET', '/api/v1/admin/orders?state=open&search=ada%40example.org&limit=5')
    expect(shop.neighbours.asked[0]?.path).toBe('/v1/staff/orders?state=open&search=ada%40example.org&limit=5')
    for (const query of ['state=lost', 'limit=0', 'sort=total'])
      expect((await everyone.staff.ask('GET', `/api/v1/admin/orders?${query}`)).statusCode, query).toBe(400)
    expect(shop.neighbours.asked).toHaveLength(1)
  })

  it('replays dead letters in the name of the admin', async () => {
    const answer = await everyone.admin.ask('POST', '/api/v1/admin/dead-letters/replay', { body: { sequences: [3] } })
    expect(answer.json()).toEqual(outcome.body)
    expect(shop.neighbours.asked).toMatchObject([{ body: { sequences: [3] }, headers: { 'x-staff-id': adminId } }])
    const wrong = await everyone.admin.ask('POST', '/api/v1/admin/dead-letters/replay', { body: { sequences: [] } })
    expect(wrong.json()).toMatchObject({ status: 400, errors: [{ field: 'sequences' }] })
  })
})

describe('the audit’s last verdict', () => {
  const read = async () => LastAudit.parse((await everyone.staff.ask('GET', '/api/v1/admin/audit')).json()).verdict
  const leave = (ended: string, violations: object[], orders = 7) =>
    shop.owner(
      `INSERT INTO audit_verdict (started_at, ended_at, rules, orders, violation_count, violations)
       VALUES ('2026-01-01T00:00:00Z', '${ended}', 41, ${orders}, ${violations.length}, '${JSON.stringify(violations)}')`,
    )

  it('is none where nobody has asked', async () => {
    expect(await read()).toBeNull()
  })

  it('is the last one, with its date and its counts, clean or not', async () => {
    const violation = { rule: 'orders.ends', says: 'has not ended', id, value: 'reserved' }
    await leave('2026-01-01T00:00:09Z', [violation])
    expect(await read()).toMatchObject({ rules: 41, orders: 7, violationCount: 1, violations: [violation] })
    await leave('2026-01-02T00:00:00Z', [])
    expect(await read()).toMatchObject({ endedAt: '2026-01-02T00:00:00.000Z', violationCount: 0, violations: [] })
  })

  it('cannot be written by the gateway', async () => {
    for (const sql of ['DELETE FROM audit_verdict', 'UPDATE audit_verdict SET violation_count = 0'])
      await expect(shop.database.execute(raw(sql))).rejects.toThrow(/permission denied/)
  })

  it('is never one that looked at nothing', async () => {
    await expect(leave('2025-12-31T00:00:00Z', [])).rejects.toThrow(/took_time/)
    await expect(leave('2026-01-03T00:00:00Z', [], -1)).rejects.toThrow(/looked_at_something/)
  })
})
