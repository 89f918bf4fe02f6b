/** What the gateway asks on behalf of staff: everybody's orders, found by what a customer can say, and acted on with a name beside it. */
import { randomUUID } from 'node:crypto'
import { Order, ShopFigures, StaffOrderList, StoredStaffOrder } from '@meshmart/contracts'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { OpenCheckouts } from '../persistence/open-checkouts.ts'
import { cancel, giveBack, guest, orderRequest, OrdersRig, place, type Replica } from '../testing/orders-rig.ts'
import { holdOnce } from '../testing/stand-in.ts'

let rig: OrdersRig
let one: Replica

beforeAll(async () => {
  rig = await OrdersRig.open()
  one = await rig.startReplica('orders-1')
})
afterAll(() => rig.close())
beforeEach(() => {
  rig.inventory.meddling = {}
  rig.payments.meddling = {}
  rig.payments.refusesRefunds = false
})

const staff = `account:${randomUUID()}`
const get = (path: string) => one.inject({ method: 'GET', url: `/v1/staff/${path}` })
const act = (id: string, action: string, actor: string | null = staff) =>
  one.inject({
    method: 'POST',
    url: `/v1/staff/orders/${id}/${action}`,
    headers: actor === null ? {} : { 'x-staff-id': actor },
  })
const listed = async (query: string) => StaffOrderList.parse((await get(`orders?${query}`)).json())
const placed = async (change: object = {}) =>
  Order.parse((await place(one, guest(), { ...orderRequest(), ...change })).body)

describe('GET /v1/staff/orders', () => {
  it('finds an order by its id, by the digits that the customer reads, and by e-mail in any case', async () => {
    const email = `${randomUUID()}@example.com`
    const { id, total } = await placed({ email })
    await placed()
    for (const search of [id, id.slice(-6).toUpperCase(), `%23${id.slice(-6)}`, email.toUpperCase()]) {
      const { items } = await listed(`search=${search}`)
      expect(items, search).toMatchObject([{ id, state: 'confirmed', email, total, settled: true }])
    }
    expect(await listed(`search=${randomUUID()}`)).toEqual({ items: [], nextCursor: null })
    expect((await get('orders?search=mug')).json()).toMatchObject({ status: 400, errors: [{ field: 'search' }] })
  })

  it('gives all of them page by page, newest first, each once', async () => {
    for (let n = 0; n < 3; n++) await placed()
    const ids: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: StaffOrderList = await listed(`limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
      ids.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
    }
    const all = await rig.rows<{ id: string }>('SELECT id FROM orders ORDER BY created_at DESC, id DESC')
    expect(ids).toEqual(all.map(({ id }) => id))
    expect(ids.length).toBeGreaterThan(3)
  })

  it('can be told the state: one that is being worked on is open, one that is decided is not', async () => {
    const held = holdOnce('authorise')
    rig.payments.meddling = { before: held.hook }
    const going = place(one, guest(), orderRequest())
    await held.reached
    const { items } = await listed('state=open')
    expect(items).toMatchObject([{ state: 'reserved', settled: false }])
    expect((await listed('state=reserved')).items).toEqual(items)
    held.letGo()
    const { id } = Order.parse((await going).body)
    expect((await listed('state=open')).items).toEqual([])
    expect((await listed('state=confirmed&limit=1')).items).toMatchObject([{ id }])
    expect((await get('orders?state=lost')).json()).toMatchObject({ status: 400, errors: [{ field: 'state' }] })
  })
})

describe('GET /v1/staff/orders/{id}', () => {
  it('tells where the saga stands, and what attempts came to nothing', async () => {
    let failures = 2
    rig.payments.meddling.before = (call) => (call === 'authorise' && failures-- > 0 ? 'drop' : undefined)
    const { id } = await placed()
    const found = StoredStaffOrder.parse((await get(`orders/${id}`)).json())
    expect(found).toMatchObject({
      order: { id, state: 'confirmed' },
      saga: { step: 'capture', attempts: 0, claimedBy: null },
      actions: [],
    })
    expect(found.saga.finishedAt).not.toBeNull()
    expect(found.unsettled.reduce((sum, { times }) => sum + times, 0)).toBe(2)
    expect(found.unsettled[0]).toMatchObject({ state: 'reserved', step: 'authorise', outcome: 'failed' })
    expect((await get(`orders/${randomUUID()}`)).json()).toMatchObject({ code: 'not-found' })
  })
})

describe('what staff do', () => {
  it('cancels: money and stock go back, and the history says that it was staff, and who', async () => {
    const { id } = await placed()
    const cancelled = StoredStaffOrder.parse((await act(id, 'cancel')).json())
    expect(cancelled.order.history.slice(-2)).toMatchObject([
      { state: 'cancelling', cause: 'staff' },
      { state: 'cancelled', cause: 'staff' },
    ])
    expect(cancelled.actions).toMatchObject([{ action: 'cancel', actor: staff }])
    expect(rig.payments.effectsOf(id)).toEqual(['authorise', 'capture', 'refund'])
    expect(rig.inventory.effectsOf(id)).toEqual(['reserve', 'confirm', 'return'])
    expect(
      await rig.rows(`SELECT data->>'cause' AS cause FROM outbox WHERE subject = $1 AND type LIKE '%cancelled'`, id),
    ).toEqual([{ cause: 'staff' }])
    // Again has no second effect, and is not written down as one.
    expect((await act(id, 'cancel')).json()).toEqual(cancelled)
  })

  it('gives some pieces back: their money is no revenue any more, and who asked is written down once', async () => {
    const sum = async () => {
      const { points } = ShopFigures.parse((await get('figures?bucket=hour&count=2')).json())
      return points.reduce((total, { revenue }) => total + revenue.amount, 0)
    }
    const { id, lines } = await placed()
    const before = await sum()
    const headers = { 'x-staff-id': staff, 'idempotency-key': randomUUID() }
    const payload = { lines: [{ sku: lines[0]!.sku, quantity: 1 }] }
    const url = `/v1/staff/orders/${id}/returns`
    const answers = [
      await one.inject({ method: 'POST', url, headers, payload }),
      await one.inject({ method: 'POST', url, headers, payload }),
    ]
    for (const answer of answers) {
      const found = StoredStaffOrder.parse(answer.json())
      expect(found.order).toMatchObject({ state: 'confirmed', returns: [{ state: 'returned', lines: payload.lines }] })
      expect(found.actions).toMatchObject([{ action: 'return', actor: staff }])
    }
    expect(before - (await sum())).toBe(lines[0]!.unitPrice.amount)
    const nameless = await one.inject({ method: 'POST', url, headers: { 'idempotency-key': randomUUID() }, payload })
    expect(nameless.json()).toMatchObject({ status: 400, errors: [{ field: 'x-staff-id' }] })
  })

  it('retries a stuck step now, not at the end of its back-off', async () => {
    let down = true
    rig.payments.meddling.before = (call) => (call === 'authorise' && down ? 'drop' : undefined)
    const customer = guest()
    const going = place(one, customer, orderRequest())
    const open = async () => (await listed('state=open')).items[0]
    await expect.poll(open, { timeout: 10_000 }).toMatchObject({ state: 'reserved' })
    const { id } = (await open())!
    await going
    await rig.rows(
      `UPDATE checkout SET due_at = clock_timestamp() + interval '1 hour', claimed_by = NULL, lease_until = NULL WHERE order_id = $1`,
      id,
    )
    down = false
    const retried = StoredStaffOrder.parse((await act(id, 'retry')).json())
    expect(retried.actions).toMatchObject([{ action: 'retry', actor: staff }])
    await expect
      .poll(async () => (await rig.rows('SELECT state FROM orders WHERE id = $1', id))[0], { timeout: 10_000 })
      .toEqual({ state: 'confirmed' })
    expect((await act(id, 'retry')).json()).toMatchObject({ status: 409, code: 'wrong-state' })
  })

  it.each([
    ['cancelled', 'cancelling', 'capture', ['refund']],
    ['of which a piece is returned', 'confirmed', null, ['refund 1450']],
  ] as const)(
    'sees that the acquirer refuses the refund of an order %s, which is not asked for ever, and has it tried again',
    async (_what, state, step, moved) => {
      const customer = guest()
      const { id } = Order.parse((await place(one, customer, orderRequest())).body)
      rig.payments.refusesRefunds = true
      rig.payments.refundsAsked = 0
      const asked =
        state === 'cancelling'
          ? await cancel(one, customer, id)
          : await giveBack(one, customer, id, [{ sku: 'MUG-DAWN', quantity: 1 }])
      expect(asked.status).toBe(202)
      const found = async () => StoredStaffOrder.parse((await get(`orders/${id}`)).json())
      const stuck = { state, step, outcome: 'stuck', reason: expect.stringContaining('wrong-state'), times: 1 }
      expect(await found()).toMatchObject({ order: { state }, saga: { finishedAt: null }, unsettled: [stuck] })
      expect(Date.parse((await found()).saga.dueAt) - Date.now()).toBeGreaterThan(23 * 3_600_000)
      expect((await listed('state=open')).items).toMatchObject([{ id }])
      expect(rig.payments.refundsAsked).toBe(1)
      // What the alert RefundsStuck goes by.
      const stuckNow = async () => (await one.get(OpenCheckouts).look()).stuck
      expect(await stuckNow()).toBe(1)

      await act(id, 'retry')
      await expect
        .poll(async () => (await found()).unsettled, { timeout: 10_000 })
        .toMatchObject([{ ...stuck, times: 2 }])
      rig.payments.refusesRefunds = false
      await act(id, 'retry')
      await expect.poll(async () => (await found()).saga.finishedAt, { timeout: 10_000 }).not.toBeNull()
      expect(rig.payments.effectsOf(id).slice(2)).toEqual(moved)
      expect(rig.payments.refundsAsked).toBe(3)
      expect(await stuckNow()).toBe(0)
    },
  )

  it.each(['cancel', 'retry'])('%s: not without a name, and not what is not there', async (action) => {
    const { id } = await placed()
    expect((await act(id, action, null)).json()).toMatchObject({ status: 400, errors: [{ field: 'x-staff-id' }] })
    expect((await act(id, action, 'guest:1')).json()).toMatchObject({ status: 400 })
    expect((await act(randomUUID(), action)).json()).toMatchObject({ status: 404 })
  })

  it('leaves no way to change what staff have done', async () => {
    const { id } = await placed()
    await act(id, 'cancel')
    const client = new pg.Client({ connectionString: rig.database.url })
    await client.connect()
    await expect(client.query('DELETE FROM staff_action')).rejects.toThrow(/permission denied/)
    await expect(client.query(`UPDATE staff_action SET actor = '${staff}'`)).rejects.toThrow(/permission denied/)
    await client.end()
  })
})

describe('GET /v1/staff/figures', () => {
  it('counts orders where they were placed, as what they are now, and leaves no bucket out', async () => {
    const email = `${randomUUID()}@example.com`
    const good = await placed({ email })
    await place(one, guest(), orderRequest({ card: '4000000000000002' }))
    const figures = ShopFigures.parse((await get('figures?bucket=hour&count=3')).json())
    expect(figures.points).toHaveLength(3)
    const [row] = await rig.rows<{ placed: string; confirmed: string; rejected: string; revenue: string }>(
      `SELECT count(*) AS placed, count(*) FILTER (WHERE state = 'confirmed') AS confirmed, count(*) FILTER (WHERE state = 'rejected') AS rejected,
              sum(total_amount - coalesce((SELECT sum(amount) FROM order_return r WHERE r.order_id = orders.id), 0))
                FILTER (WHERE state = 'confirmed') AS revenue FROM orders`,
    )
    const sum = (of: (point: ShopFigures['points'][number]) => number) =>
      figures.points.reduce((total, point) => total + of(point), 0)
    expect(sum(({ placed }) => placed)).toBe(Number(row!.placed))
    expect(sum(({ confirmed }) => confirmed)).toBe(Number(row!.confirmed))
    expect(sum(({ rejected }) => rejected)).toBe(Number(row!.rejected))
    expect(sum(({ rejected }) => rejected)).toBeGreaterThan(0)
    expect(sum(({ revenue }) => revenue.amount)).toBe(Number(row!.revenue))
    expect(Number(row!.revenue)).toBeGreaterThanOrEqual(good.total.amount)
    const hours = figures.points.map(({ at }) => Date.parse(at) / 3_600_000)
    expect(hours).toEqual([hours[0], hours[0]! + 1, hours[0]! + 2])
    expect(Number.isInteger(hours[0])).toBe(true)
  })

  it.each([
    'bucket=day&count=3',
    'bucket=hour&count=0',
    'bucket=hour&count=337',
    'bucket=hour&count=1e1',
    'bucket=hour',
  ])('takes no %s', async (query) => {
    expect((await get(`figures?${query}`)).json()).toMatchObject({ status: 400 })
  })
})
