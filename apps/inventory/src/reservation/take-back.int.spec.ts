/** What was sold comes back, in parts and as a whole, by racing requests and repeated ones; and an order that has ended holds nothing, however late its requests are. */
import { randomUUID } from 'node:crypto'
import type { Reservation } from '@meshmart/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Inventory, openInventory, testProduct } from '../testing/open-inventory.ts'

let inventory: Inventory
const stockOf = (sku: string) => inventory.stockOf(sku)
const linesOf = (...lines: [string, number][]) => lines.map(([sku, quantity]) => ({ sku, quantity }))

beforeAll(async () => {
  inventory = await openInventory(['BACK-A', 'BACK-B', 'BACK-SPLIT', 'LATE-A'].map((sku) => testProduct(sku, 10)))
})
afterAll(() => inventory.close())
beforeEach(() => inventory.takeEvents())

async function sell(...lines: [string, number][]): Promise<Reservation> {
  const { reservation } = await inventory.stock.reserve({ orderId: randomUUID(), lines: linesOf(...lines) })
  return inventory.settlement.settle(reservation.id, 'confirm')
}
const back = (sold: Reservation, lines: [string, number][], id = randomUUID()) =>
  inventory.takeBack.pieces(sold.id, { id, lines: linesOf(...lines) })

describe('a return of some pieces', () => {
  it('brings them back, once, and leaves the rest sold until nothing of it is out', async () => {
    const before = await stockOf('BACK-A')
    const sold = await sell(['BACK-A', 3], ['BACK-B', 1])
    await inventory.takeEvents()
    const id = randomUUID()
    expect(await back(sold, [['BACK-A', 2]], id)).toMatchObject({ state: 'confirmed' })
    expect(await back(sold, [['BACK-A', 2]], id)).toMatchObject({ state: 'confirmed' })
    expect((await stockOf('BACK-A')).onHand).toBe(before.onHand - 1)
    expect(await inventory.takeEvents()).toEqual([
      {
        type: 'stock.changed',
        subject: 'BACK-A',
        data: { sku: 'BACK-A', available: before.onHand - 1, change: 2, cause: 'returned' },
      },
    ])
    const rest: [string, number][] = [
      ['BACK-A', 1],
      ['BACK-B', 1],
    ]
    expect(await back(sold, rest)).toMatchObject({ state: 'returned' })
    expect(await stockOf('BACK-A')).toEqual(before)
    const documents = await inventory.database.query<{ kind: string | null }>`
      SELECT d."kind" FROM "stock_movement" m LEFT JOIN "stock_document" d ON d."id" = m."document_id"
      WHERE m."reservation_id" = ${sold.id}::uuid AND m."kind" = 'returned'`
    expect(documents.map(({ kind }) => kind)).toEqual(['return', 'return', 'return'])
  })

  it('refuses more than is out, another return under the same id, and what was never sold; and changes nothing', async () => {
    const sold = await sell(['BACK-A', 2])
    const id = randomUUID()
    await back(sold, [['BACK-A', 1]], id)
    const before = await stockOf('BACK-A')
    await expect(
      back(sold, [
        ['BACK-A', 2],
        ['BACK-B', 1],
      ]),
    ).rejects.toMatchObject({
      code: 'return-exceeds-kept',
      errors: [
        { field: 'lines.0.quantity', code: 'more-than-kept' },
        { field: 'lines.1.quantity', code: 'more-than-kept' },
      ],
    })
    for (const other of [[['BACK-A', 2]], [['BACK-B', 1]]] as [string, number][][])
      await expect(back(sold, other, id)).rejects.toMatchObject({ code: 'idempotency-key-reused' })
    await expect(back(await sell(['BACK-B', 1]), [['BACK-B', 1]], id)).rejects.toMatchObject({
      code: 'idempotency-key-reused',
    })
    expect(await stockOf('BACK-A')).toEqual(before)
    const { reservation: held } = await inventory.stock.reserve({
      orderId: randomUUID(),
      lines: linesOf(['BACK-B', 1]),
    })
    await expect(back(held, [['BACK-B', 1]])).rejects.toMatchObject({ code: 'wrong-state' })
    await expect(back({ ...held, id: randomUUID() }, [['BACK-B', 1]])).rejects.toMatchObject({ code: 'not-found' })
  })

  it('racing for the same pieces: as many win as there are pieces', async () => {
    const sold = await sell(['BACK-A', 3])
    const before = await stockOf('BACK-A')
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => back(sold, [['BACK-A', 1]])))
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    for (const attempt of attempts)
      if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject({ code: 'return-exceeds-kept' })
    expect((await stockOf('BACK-A')).onHand).toBe(before.onHand + 3)
  })

  it('goes back to the warehouses that it came from', async () => {
    const sku = 'BACK-SPLIT'
    expect(await inventory.placesOf(sku)).toMatchObject({ central: '7/0', harbour: '3/0' })
    const sold = await sell([sku, 9])
    expect(await inventory.placesOf(sku)).toMatchObject({ central: '0/0', harbour: '1/0' })
    await back(sold, [[sku, 5]])
    expect(await inventory.placesOf(sku)).toMatchObject({ central: '5/0', harbour: '1/0' })
    await back(sold, [[sku, 3]])
    expect(await inventory.placesOf(sku)).toMatchObject({ central: '7/0', harbour: '2/0' })
    // What is still out comes back with the end of the order, and only that.
    expect(await inventory.ends.end(sold.orderId)).toMatchObject({ state: 'returned' })
    expect(await inventory.placesOf(sku)).toMatchObject({ central: '7/0', harbour: '3/0' })
  })
})

describe('the end of an order', () => {
  const late = (orderId: string) => inventory.stock.reserve({ orderId, lines: linesOf(['LATE-A', 2]) })

  it.each([
    ['held', () => Promise.resolve(), 'released'],
    ['confirmed', (id: string) => inventory.settlement.settle(id, 'confirm'), 'returned'],
    ['released', (id: string) => inventory.settlement.settle(id, 'release'), 'released'],
  ] as const)('gives back what is %s, however often it is told', async (_state, make, end) => {
    const orderId = randomUUID()
    const before = await stockOf('LATE-A')
    const { reservation } = await late(orderId)
    await make(reservation.id)
    const ended = await inventory.ends.end(orderId)
    expect(ended).toEqual({ ...reservation, state: end })
    expect(await inventory.ends.end(orderId)).toEqual(ended)
    expect(await stockOf('LATE-A')).toEqual(before)
  })

  it('is remembered: a request that comes after it holds nothing', async () => {
    const orderId = randomUUID()
    const before = await stockOf('LATE-A')
    expect(await inventory.ends.end(orderId)).toMatchObject({ orderId, state: 'released', lines: [] })
    await expect(late(orderId)).rejects.toMatchObject({ code: 'wrong-state' })
    expect(await stockOf('LATE-A')).toEqual(before)
    expect(await inventory.ends.end(orderId)).toMatchObject({ state: 'released', lines: [] })
  })

  it('and a request at the same moment hold nothing together, whichever comes first', async () => {
    const before = await stockOf('LATE-A')
    for (let n = 0; n < 20; n++) {
      const orderId = randomUUID()
      const [, ended] = await Promise.allSettled([late(orderId), inventory.ends.end(orderId)])
      expect(ended).toMatchObject({ status: 'fulfilled', value: { state: 'released' } })
      expect(await stockOf('LATE-A')).toEqual(before)
    }
  })
})
