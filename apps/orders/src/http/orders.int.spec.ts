/** Reading orders: one's own only, page by page, and live across replicas. */
import { Order } from '@meshmart/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { guest, ordersOf, orderRequest, OrdersRig, place, type Replica } from '../testing/orders-rig.ts'
import { holdOnce } from '../testing/stand-in.ts'
import { OrderStreams } from './order-streams.ts'

let rig: OrdersRig
let one: Replica
let two: Replica

beforeAll(async () => {
  rig = await OrdersRig.open()
  one = await rig.startReplica('orders-1')
  two = await rig.startReplica('orders-2')
})
afterAll(() => rig.close())
beforeEach(() => {
  rig.payments.meddling = {}
})

const get = (replica: Replica, customer: string, url: string) =>
  replica.inject({ method: 'GET', url, headers: { 'x-customer-id': customer } })
const eventsIn = (text: string): Order[] =>
  text
    .split('\n\n')
    .filter((frame) => frame.includes('event: order'))
    .map((frame) => Order.parse(JSON.parse(/^data: (.*)$/m.exec(frame)?.[1] ?? '')))

describe('GET /v1/orders', () => {
  it('lists one’s own orders, newest first, page by page', async () => {
    const customer = guest()
    for (let n = 0; n < 3; n++) await place(one, customer, orderRequest())
    await place(one, guest(), orderRequest())
    const first = (await get(two, customer, '/v1/orders?limit=2')).json<{ items: Order[]; nextCursor: string }>()
    const second = (await get(two, customer, `/v1/orders?limit=2&cursor=${first.nextCursor}`)).json<typeof first>()
    const all = [...first.items, ...second.items]
    expect(second.nextCursor).toBeNull()
    expect(new Set(all.map(({ id }) => id)).size).toBe(3)
    expect(all.map(({ createdAt }) => createdAt)).toEqual(
      all
        .map(({ createdAt }) => createdAt)
        .sort()
        .reverse(),
    )
    expect((await get(one, customer, '/v1/orders?cursor=nonsense')).json()).toMatchObject({
      status: 400,
      errors: [{ field: 'cursor' }],
    })
  })

  it.each(['0', '101', '0x10', '1e1', '1.5', '', '%2010'])('takes no limit that is written as "%s"', async (limit) => {
    expect((await get(one, guest(), `/v1/orders?limit=${limit}`)).json()).toMatchObject({
      status: 400,
      errors: [{ field: 'limit' }],
    })
  })
})

describe('GET /v1/orders/{id}', () => {
  it('shows it to its customer, and is 404 for anyone else', async () => {
    const customer = guest()
    const placed = await place(one, customer, orderRequest())
    const url = `/v1/orders/${String(placed.body['id'])}`
    expect((await get(two, customer, url)).json()).toEqual(placed.body)
    expect((await get(two, guest(), url)).statusCode).toBe(404)
    expect((await get(two, guest(), `${url}/events`)).statusCode).toBe(404)
  })
})

describe('GET /v1/orders/{id}/events', () => {
  /** An order whose payment is held, and a stream of it at the other replica. */
  async function openStream() {
    const held = holdOnce('authorise')
    rig.payments.meddling = { before: held.hook }
    const customer = guest()
    const placed = place(one, customer, orderRequest())
    await held.reached
    const [order] = await ordersOf(one, customer)
    return { held, customer, placed, id: order!.id, url: `/v1/orders/${order!.id}/events` }
  }

  it('tells the present state first, then what another replica does, and ends at the final state', async () => {
    const { held, customer, placed, url } = await openStream()
    const stream = get(two, customer, url)
    await new Promise((resolve) => setImmediate(resolve))
    held.letGo()
    const answer = await stream
    await placed
    expect(answer.headers['content-type']).toContain('text/event-stream')
    const orders = eventsIn(answer.payload)
    expect(orders.at(-1)?.state).toBe('confirmed')
    expect(orders.map(({ history }) => history.length)).toEqual(
      [...new Set(orders.map(({ history }) => history.length))].sort(),
    )
  })

  it('answers a final order with one event', async () => {
    const customer = guest()
    const placed = await place(one, customer, orderRequest())
    const answer = await get(two, customer, `/v1/orders/${String(placed.body['id'])}/events`)
    expect(eventsIn(answer.payload)).toHaveLength(1)
  })

  it('goes on after the listening connection was cut', async () => {
    const { held, customer, placed, url } = await openStream()
    const stream = get(two, customer, url)
    const cut = await rig.rows(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE 'LISTEN order_changed%'`)
    expect(cut).toHaveLength(2)
    held.letGo()
    expect(eventsIn((await stream).payload).at(-1)?.state).toBe('confirmed')
    expect((await placed).status).toBe(201)
  })

  it('ends when its replica is told to stop, while the order goes on', async () => {
    const shutdown = new AbortController()
    const three = await rig.startReplica('orders-3', [], shutdown.signal)
    const { held, customer, placed, id } = await openStream()
    const stream = await three.get(OrderStreams).open(customer, id)
    const frames = stream![Symbol.asyncIterator]()
    expect(eventsIn(String((await frames.next()).value))).toMatchObject([{ state: 'reserved' }])
    shutdown.abort()
    expect(await frames.next()).toMatchObject({ done: true })
    held.letGo()
    expect((await placed).status).toBe(201)
  })
})
