/** Pieces of an order go back through the public API: the price is refunded, the goods are on the shelf, once; also while two want the same piece, and while replicas die. */
import { randomUUID } from 'node:crypto'
import { Order, Problem } from '@meshmart/contracts'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { Books } from '../audit/books.ts'
import { Customer, MUG, orderOf } from '../testing/client.ts'
import { pidsOf } from '../testing/processes.ts'

const { url, home } = inject('shop')
let books: Books
beforeAll(async () => {
  books = await Books.open(home)
})
afterAll(() => books?.close())

/** What can be bought of the mug, as inventory knows it: the gateway may tell the stock of a moment ago. */
async function available(): Promise<number> {
  const [stock] = await books.read<{ available: string }>(
    'inventory',
    `SELECT sum(on_hand - held) AS available FROM stock JOIN warehouse ON code = warehouse AND sells WHERE sku = '${MUG}'`,
  )
  return Number(stock!.available)
}
/** What the acquirer has given back for an order, minor units. */
async function refundedThere(orderId: string): Promise<number> {
  const [intent] = await books.read<{ id: string }>(
    'payments',
    `SELECT id FROM payment_intent WHERE order_id = '${orderId}'`,
  )
  const [charge] = await books.read<{ refunded: string }>(
    'acquirer',
    `SELECT refunded FROM charge WHERE reference = '${intent!.id}'`,
  )
  return Number(charge!.refunded)
}
const back = (quantity: number) => [{ sku: MUG, quantity }]
async function bought(quantity: number): Promise<{ customer: Customer; order: Order }> {
  const customer = new Customer(url)
  return { customer, order: await customer.decided(await customer.buy(orderOf(MUG, quantity))) }
}
const ask = (customer: Customer, id: string, lines: unknown, key: string = randomUUID()) =>
  customer.call('POST', `/api/v1/orders/${id}/returns`, { lines }, { 'idempotency-key': key })

describe('a return', () => {
  test('of a part refunds its price and puts it back; the rest stays bought; the last piece ends the order', async () => {
    const { customer, order } = await bought(3)
    const price = order.lines[0]!.unitPrice.amount
    const before = await available()
    const key = randomUUID()
    const after = await customer.giveBack(order.id, back(2), key)
    expect(after).toMatchObject({
      state: 'confirmed',
      total: order.total,
      lines: [{ quantity: 3, returned: 2 }],
      returns: [{ state: 'returned', refund: { amount: 2 * price }, lines: back(2) }],
    })
    // Asked again with the same key it is the same return.
    expect((await customer.giveBack(order.id, back(2), key)).returns).toEqual(after.returns)
    expect(await available()).toBe(before + 2)
    expect(await refundedThere(order.id)).toBe(2 * price)
    const ended = await customer.giveBack(order.id, back(1))
    expect(ended.state).toBe('cancelled')
    expect(ended.history.at(-1)).toMatchObject({ state: 'cancelled', cause: 'returned' })
    expect(await refundedThere(order.id)).toBe(3 * price)
    expect(await available()).toBe(before + 3)
    expect(await books.settled()).toEqual([])
  })

  test('and the cancellation of the rest give back everything once', async () => {
    const { customer, order } = await bought(2)
    await customer.giveBack(order.id, back(1))
    const cancelled = await customer.decided({
      ...(await customer.call('POST', `/api/v1/orders/${order.id}/cancel`)),
      status: 202,
    })
    expect(cancelled.state).toBe('cancelled')
    expect(await refundedThere(order.id)).toBe(order.total.amount)
    expect(await books.settled()).toEqual([])
  })

  test('of more than is kept is refused, and the field is named', async () => {
    const { customer, order } = await bought(2)
    await customer.giveBack(order.id, back(1))
    const more = await ask(customer, order.id, back(2))
    expect(more.status).toBe(409)
    expect(Problem.parse(more.body)).toMatchObject({
      code: 'return-exceeds-kept',
      errors: [{ field: 'lines.0.quantity', code: 'more-than-kept' }],
    })
    const other = await ask(customer, order.id, [{ sku: 'TOTE-MARKET', quantity: 1 }])
    expect(Problem.parse(other.body)).toMatchObject({ status: 400, errors: [{ field: 'lines.0.sku' }] })
    expect(Order.parse((await customer.call('GET', `/api/v1/orders/${order.id}`)).body).lines[0]!.returned).toBe(1)
  })

  test('racing with others for the same pieces: as many win as there are pieces, and no more is refunded', async () => {
    const { customer, order } = await bought(3)
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(customer, order.id, back(1))))
    const lost = answers.filter(({ status }) => status === 409)
    expect(lost).toHaveLength(5)
    for (const { body } of lost) {
      expect(Problem.parse(body)).toMatchObject({
        code: 'return-exceeds-kept',
        errors: [{ field: 'lines.0.quantity', code: 'more-than-kept' }],
      })
    }
    expect(await books.settled()).toEqual([])
    expect(await refundedThere(order.id)).toBe(order.total.amount)
  })
})

test.each(['orders-1', 'payments-2', 'inventory-1'])(
  'killing %s during returns loses none and makes none twice',
  async (victim) => {
    const orders = await Promise.all(Array.from({ length: 6 }, () => bought(3)))
    const before = await available()
    let returned = 0
    await Promise.all(
      orders.map(async ({ customer, order }) => {
        for (let n = 0; n < 2; n++) {
          await customer.giveBack(order.id, back(1))
          if (++returned === 3) process.kill(pidsOf(home)[victim]!, 'SIGKILL')
        }
      }),
    )
    expect(await books.settled()).toEqual([])
    expect(await available()).toBe(before + 12)
    for (const { order } of orders) expect(await refundedThere(order.id)).toBe(2 * order.lines[0]!.unitPrice.amount)
  },
  120_000,
)
