/** Pieces of a confirmed order go back: what they cost is refunded, they are on the shelf again, once; the rest of the order stays as it is. */
import { randomUUID } from 'node:crypto'
import { Order } from '@meshmart/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  cancel,
  giveBack,
  guest,
  ordersOf,
  orderRequest,
  OrdersRig,
  place,
  type Replica,
} from '../testing/orders-rig.ts'
import { holdOnce } from '../testing/stand-in.ts'

const MUG = 'MUG-DAWN'
const LAMP = 'LAMP-REED'
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
  rig.inventory.meddling = {}
  rig.payments.meddling = {}
})

/** Two mugs and a lamp, paid for. */
async function bought(): Promise<{ customer: string; id: string }> {
  const customer = guest()
  const { id } = Order.parse((await place(one, customer, orderRequest())).body)
  return { customer, id }
}
const pieces = (...lines: [string, number][]) => lines.map(([sku, quantity]) => ({ sku, quantity }))
const presentOrder = async (customer: string): Promise<Order> => (await ordersOf(one, customer))[0]!
const causesOf = ({ history }: Order): string[] => history.slice(5).map(({ state, cause }) => `${state} ${cause}`)
const eventsOf = (id: string) => rig.rows('SELECT type, data FROM outbox WHERE subject = $1 ORDER BY seq', id)
const moneyOf = (id: string) => rig.payments.effectsOf(id).slice(2)
const goodsOf = (id: string) => rig.inventory.effectsOf(id).slice(2)

describe('a return of some pieces', () => {
  it('refunds their price in the order and puts them back, whatever they cost today', async () => {
    const { customer, id } = await bought()
    const [stock, price] = [rig.inventory.stock.get(MUG)!, rig.inventory.prices.get(MUG)!]
    rig.inventory.prices.set(MUG, 99_900)
    const answer = await giveBack(two, customer, id, pieces([MUG, 1]))
    rig.inventory.prices.set(MUG, price)
    expect(answer).toMatchObject({ status: 201, headers: { location: `/v1/orders/${id}` } })
    const order = Order.parse(answer.body)
    expect(order).toMatchObject({
      state: 'confirmed',
      total: { amount: 11_800 },
      lines: [
        { sku: MUG, quantity: 2, returned: 1 },
        { sku: LAMP, quantity: 1, returned: 0 },
      ],
      returns: [{ state: 'returned', refund: { amount: price, currency: 'EUR' }, lines: pieces([MUG, 1]) }],
    })
    expect(causesOf(order)).toEqual(['confirmed return-requested', 'confirmed returned'])
    expect(moneyOf(id)).toEqual([`refund ${price}`])
    expect(goodsOf(id)).toEqual(['take-back'])
    expect(rig.inventory.stock.get(MUG)).toBe(stock + 1)
    const { customerId, ...told } = { customerId: customer, orderId: id, returnId: order.returns[0]!.id }
    expect((await eventsOf(id)).at(-1)).toEqual({
      type: 'order.returned',
      data: {
        ...told,
        customerId,
        refund: { amount: price, currency: 'EUR' },
        email: 'ada@example.com',
        lines: pieces([MUG, 1]),
      },
    })
  })

  it('has one effect for one key, at whichever replica it is asked again, and refuses other pieces under it', async () => {
    const { customer, id } = await bought()
    const key = randomUUID()
    const answers = await Promise.all(
      [one, two, one, two].map((replica) => giveBack(replica, customer, id, pieces([MUG, 1]), key)),
    )
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201])
    expect(await giveBack(two, customer, id, pieces([MUG, 2]), key)).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused' },
    })
    expect((await presentOrder(customer)).returns).toHaveLength(1)
    expect(moneyOf(id)).toEqual(['refund 1450'])
  })

  it('leaves nothing of an order that goes back piece by piece: it is cancelled', async () => {
    const { customer, id } = await bought()
    await giveBack(one, customer, id, pieces([MUG, 2]))
    const answer = await giveBack(two, customer, id, pieces([LAMP, 1]))
    const order = Order.parse(answer.body)
    expect(answer.status).toBe(201)
    expect(order.state).toBe('cancelled')
    expect(causesOf(order).slice(-2)).toEqual(['confirmed return-requested', 'cancelled returned'])
    expect(moneyOf(id)).toEqual(['refund 2900', 'refund 8900'])
    expect(rig.payments.paymentOf(id)?.state).toBe('refunded')
    expect(rig.inventory.reservations.get(id)?.state).toBe('returned')
    const events = await eventsOf(id)
    expect(events).toMatchObject([
      { type: 'order.confirmed' },
      { type: 'order.returned' },
      { type: 'order.returned' },
      { type: 'order.cancelled', data: { cause: 'returned', lines: [], total: { amount: 0 } } },
    ])
    expect(await giveBack(one, customer, id, pieces([MUG, 1]))).toMatchObject({
      status: 409,
      body: { code: 'return-exceeds-kept', errors: [{ field: 'lines.0.quantity' }] },
    })
  })

  it('is not possible of an order that is cancelled as a whole', async () => {
    const { customer, id } = await bought()
    await cancel(one, customer, id)
    const late = await giveBack(two, customer, id, pieces([MUG, 1]))
    expect(late).toMatchObject({ status: 409, body: { code: 'wrong-state' } })
    expect(moneyOf(id)).toEqual(['refund'])
  })

  it('racing for the same pieces: one wins, the other is told which field is too much', async () => {
    const { customer, id } = await bought()
    const answers = await Promise.all(
      [one, two].map((replica) => giveBack(replica, customer, id, pieces([LAMP, 1], [MUG, 2]))),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409])
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
      code: 'return-exceeds-kept',
      errors: [{ field: 'lines.0.quantity' }, { field: 'lines.1.quantity' }],
    })
    const { customer: other, id: second } = await bought()
    const half = await Promise.all([1, 2].map((n) => giveBack(n === 1 ? one : two, other, second, pieces([MUG, n]))))
    expect(half.map(({ status }) => status).toSorted()).toEqual([201, 409])
    expect(half.find(({ status }) => status === 409)?.body).toMatchObject({
      code: 'return-exceeds-kept',
      errors: [{ field: 'lines.0.quantity', code: 'more-than-kept' }],
    })
    const refunded = (await presentOrder(other)).returns[0]!.refund.amount
    expect(moneyOf(second)).toEqual([`refund ${refunded}`])
  })

  it.each([
    ['another product', pieces(['RARE-ONE', 1]), 400, 'lines.0.sku', 'not-in-order'],
    ['a product twice', pieces([MUG, 1], [MUG, 1]), 400, 'lines', 'duplicate-sku'],
    ['nothing', [], 400, 'lines', 'too-small'],
    ['no pieces', pieces([MUG, 0]), 400, 'lines.0.quantity', 'too-small'],
    ['more than was bought', pieces([LAMP, 1], [MUG, 3]), 409, 'lines.1.quantity', 'more-than-kept'],
  ])('refuses %s, and changes nothing', async (_what, lines, status, field, code) => {
    const { customer, id } = await bought()
    const before = await presentOrder(customer)
    expect(await giveBack(one, customer, id, lines)).toMatchObject({ status, body: { errors: [{ field, code }] } })
    expect(await presentOrder(customer)).toEqual(before)
    expect([...moneyOf(id), ...goodsOf(id)]).toEqual([])
  })

  it('cannot be of more than was bought, whatever the service does: the database refuses', async () => {
    const { id } = await bought()
    const more = rig.rows('UPDATE order_line SET returned = quantity + 1 WHERE order_id = $1', id)
    await expect(more).rejects.toMatchObject({ constraint: 'order_line_no_more_back_than_bought' })
  })

  it('does not find another customer’s order', async () => {
    const { id } = await bought()
    expect(await giveBack(one, guest(), id, pieces([MUG, 1]))).toMatchObject({ status: 404 })
    expect(await giveBack(one, guest(), 'no-uuid', pieces([MUG, 1]))).toMatchObject({ status: 404 })
  })

  it('waits for the order to be confirmed, and says so', async () => {
    const held = holdOnce('capture')
    rig.payments.meddling = { before: held.hook }
    const customer = guest()
    const placed = place(one, customer, orderRequest())
    await held.reached
    const { id } = await presentOrder(customer)
    const early = await giveBack(two, customer, id, pieces([MUG, 1]))
    expect(early).toMatchObject({ status: 409, body: { code: 'wrong-state' } })
    expect(early.body['detail']).toContain('once it is confirmed')
    held.letGo()
    expect((await placed).status).toBe(201)
    expect((await giveBack(two, customer, id, pieces([MUG, 1]))).status).toBe(201)
  })
})

describe('an outcome that nobody knows', () => {
  it.each(['before', 'after'] as const)(
    'repeats refund and return that get lost %s their effect, once in effect',
    async (when) => {
      const lost = new Set<string>()
      const loseOnce = (call: string): 'drop' | undefined => {
        if (!['refund', 'returns'].includes(call) || lost.has(call)) return undefined
        lost.add(call)
        return 'drop'
      }
      const { customer, id } = await bought()
      rig.inventory.meddling = { [when]: loseOnce }
      rig.payments.meddling = { [when]: loseOnce }
      expect((await giveBack(one, customer, id, pieces([MUG, 1]))).status).toBe(201)
      expect(lost.size).toBe(2)
      expect(moneyOf(id)).toEqual(['refund 1450'])
      expect(goodsOf(id)).toEqual(['take-back'])
    },
  )

  it('answers 202 while the refund cannot be made, and finishes when it can', async () => {
    const { customer, id } = await bought()
    let down = true
    rig.payments.meddling.before = () => (down ? 'drop' : undefined)
    const answer = await giveBack(one, customer, id, pieces([MUG, 1]))
    expect(answer).toMatchObject({ status: 202, body: { state: 'confirmed', returns: [{ state: 'refunding' }] } })
    expect(answer.headers['location']).toBe(`/v1/orders/${id}`)
    // Who looks meanwhile sees the piece as gone; it cannot be given back once more.
    expect(await giveBack(two, customer, id, pieces([MUG, 2]))).toMatchObject({ status: 409 })
    down = false
    await expect.poll(async () => (await presentOrder(customer)).returns[0]?.state, { timeout: 8_000 }).toBe('returned')
    expect(moneyOf(id)).toEqual(['refund 1450'])
  })
})

describe('cancelling an order of which pieces have gone back', () => {
  it('undoes the rest', async () => {
    const { customer, id } = await bought()
    const stock = rig.inventory.stock.get(MUG)!
    await giveBack(one, customer, id, pieces([MUG, 1]))
    expect(await cancel(two, customer, id)).toMatchObject({ status: 200, body: { state: 'cancelled' } })
    expect(moneyOf(id)).toEqual(['refund 1450', 'refund'])
    expect(goodsOf(id)).toEqual(['take-back', 'return'])
    expect(rig.payments.paymentOf(id)).toMatchObject({ state: 'refunded', refunded: { amount: 11_800 } })
    expect(rig.inventory.stock.get(MUG)).toBe(stock + 2)
    expect((await eventsOf(id)).at(-1)).toMatchObject({
      type: 'order.cancelled',
      data: { cause: 'customer', total: { amount: 10_350 }, lines: pieces([MUG, 1], [LAMP, 1]) },
    })
  })

  it('first ends the return that is under way', async () => {
    const { customer, id } = await bought()
    const held = holdOnce('returns')
    rig.inventory.meddling = { before: held.hook }
    const returning = giveBack(one, customer, id, pieces([MUG, 1]))
    await held.reached
    const cancelling = cancel(two, customer, id)
    await expect.poll(async () => (await presentOrder(customer)).state).toBe('cancelling')
    held.letGo()
    expect((await cancelling).status).toBe(200)
    expect((await returning).status).toBe(201)
    expect(moneyOf(id)).toEqual(['refund 1450', 'refund'])
    expect(goodsOf(id)).toEqual(['take-back', 'return'])
    expect(causesOf(await presentOrder(customer))).toEqual([
      'confirmed return-requested',
      'cancelling customer',
      'cancelling returned',
      'cancelled customer',
    ])
  })
})
