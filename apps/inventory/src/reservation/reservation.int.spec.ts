import { randomUUID } from 'node:crypto'
import { ProblemException } from '@meshmart/service-kit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Inventory, openInventory, testProduct } from '../testing/open-inventory.ts'
import { holdMs } from './reserve.ts'

let inventory: Inventory
const stockOf = (sku: string) => inventory.stockOf(sku)
const codeOf = (error: unknown): string => (error instanceof ProblemException ? error.code : String(error))
const order = (...lines: [string, number][]) => ({
  orderId: randomUUID(),
  lines: lines.map(([sku, quantity]) => ({ sku, quantity })),
})

beforeAll(async () => {
  inventory = await openInventory([
    testProduct('RACE-TEN', 10),
    testProduct('LAST-NINE', 9),
    testProduct('SPARE-ONE', 10),
    testProduct('PAIR-A', 1_000),
    testProduct('PAIR-B', 1_000),
    testProduct('PAIR-C', 1_000),
    testProduct('LIFE-CYCLE', 10, 4),
    testProduct('LATE-GOODS', 2),
    testProduct('SWEEP-ME', 100),
  ])
})
afterAll(() => inventory.close())
beforeEach(() => inventory.takeEvents())

describe('many buyers at once', () => {
  it('50 reservations of the last 10 pieces: exactly 10 succeed, 40 are told that it is sold out', async () => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 50 }, () => inventory.stock.reserve(order(['RACE-TEN', 1]))),
    )
    const refused = attempts.flatMap((attempt) => (attempt.status === 'rejected' ? [codeOf(attempt.reason)] : []))
    expect(refused).toEqual(Array(40).fill('sold-out'))
    expect(await stockOf('RACE-TEN')).toMatchObject({ onHand: 10, held: 10 })
  })

  it('the same products in every order of lines: nobody dies of a deadlock', async () => {
    const skus = ['PAIR-A', 'PAIR-B', 'PAIR-C']
    const rotated = (n: number): [string, number][] =>
      [...skus.slice(n % 3), ...skus.slice(0, n % 3)].map((sku) => [sku, 1])
    const requests = Array.from({ length: 60 }, (_, n) =>
      order(...(n % 2 === 0 ? rotated(n) : rotated(n).toReversed())),
    )
    const reserved = await Promise.all(requests.map((request) => inventory.stock.reserve(request)))
    await Promise.all(
      reserved.map(({ reservation }, n) =>
        inventory.settlement.settle(reservation.id, n % 2 === 0 ? 'confirm' : 'release'),
      ),
    )
    for (const sku of skus) expect(await stockOf(sku)).toMatchObject({ onHand: 970, held: 0 })
  })

  it('what is held to the last piece is sold to the last piece, each hold once, however often it is confirmed', async () => {
    // Split over both warehouses, beside a product of which one is left.
    const requests = [4, 3, 2].map((quantity) => order(['SPARE-ONE', quantity], ['LAST-NINE', quantity]))
    const reserved = await Promise.all(requests.map((request) => inventory.stock.reserve(request)))
    await inventory.takeEvents()
    const answers = await Promise.all(
      [...reserved, ...reserved].map(({ reservation }) => inventory.settlement.settle(reservation.id, 'confirm')),
    )
    expect(answers).toEqual(
      [...reserved, ...reserved].map(({ reservation }) => ({ ...reservation, state: 'confirmed' })),
    )
    expect(await stockOf('LAST-NINE')).toEqual({ onHand: 0, held: 0 })
    expect(await stockOf('SPARE-ONE')).toEqual({ onHand: 1, held: 0 })
    // Nothing has changed for who would buy.
    expect(await inventory.takeEvents()).toEqual([])
  })

  it('the same order ten times at once: one reservation', async () => {
    const request = order(['PAIR-A', 3])
    const before = await stockOf('PAIR-A')
    const answers = await Promise.all(Array.from({ length: 10 }, () => inventory.stock.reserve(request)))
    expect(new Set(answers.map(({ reservation }) => reservation.id)).size).toBe(1)
    expect(answers.filter(({ created }) => created)).toHaveLength(1)
    expect(await stockOf('PAIR-A')).toMatchObject({ held: before.held + 3 })
  })

  it('confirm and release of the same reservation at once: one of them wins', async () => {
    const { reservation } = (await inventory.stock.reserve(order(['PAIR-B', 1]))) satisfies object
    const before = await stockOf('PAIR-B')
    const results = await Promise.allSettled([
      inventory.settlement.settle(reservation.id, 'confirm'),
      inventory.settlement.settle(reservation.id, 'release'),
    ])
    const lost = results.flatMap((result) => (result.status === 'rejected' ? [codeOf(result.reason)] : []))
    expect(lost).toEqual(['wrong-state'])
    expect((await stockOf('PAIR-B')).held).toBe(before.held - 1)
  })
})

describe('the life of a reservation', () => {
  it('tells of what can be sold, once for each change, and of low stock once for each crossing', async () => {
    const { reservation: first } = await inventory.stock.reserve(order(['LIFE-CYCLE', 5]))
    const { reservation: second } = await inventory.stock.reserve(order(['LIFE-CYCLE', 2]))
    await inventory.settlement.settle(second.id, 'confirm')
    await inventory.settlement.settle(first.id, 'release')
    await inventory.ends.end(second.orderId)
    const sku = 'LIFE-CYCLE'
    const changed = (available: number, change: number, cause: string) => ({
      type: 'stock.changed',
      subject: sku,
      data: { sku, available, change, cause },
    })
    expect(await inventory.takeEvents()).toEqual([
      changed(5, -5, 'reserved'),
      changed(3, -2, 'reserved'),
      { type: 'stock.low', subject: sku, data: { sku, available: 3, reorderPoint: 4 } },
      changed(8, 5, 'released'),
      changed(10, 2, 'returned'),
    ])
    expect(await stockOf(sku)).toMatchObject({ onHand: 10, held: 0 })
  })

  it.each([
    ['confirm', 'confirmed'],
    ['release', 'released'],
  ] as const)('%s twice has one effect', async (action, state) => {
    const { reservation } = await inventory.stock.reserve(order(['PAIR-C', 2]))
    const first = await inventory.settlement.settle(reservation.id, action)
    const after = await stockOf('PAIR-C')
    expect(first.state).toBe(state)
    expect(await inventory.settlement.settle(reservation.id, action)).toEqual(first)
    expect(await stockOf('PAIR-C')).toEqual(after)
  })

  it('refuses what the state does not allow, and changes nothing', async () => {
    const { reservation } = await inventory.stock.reserve(order(['PAIR-C', 1]))
    await inventory.settlement.settle(reservation.id, 'release')
    const before = await stockOf('PAIR-C')
    await expect(inventory.settlement.settle(reservation.id, 'confirm')).rejects.toMatchObject({ code: 'wrong-state' })
    expect(await stockOf('PAIR-C')).toEqual(before)
  })

  it('keeps the price of its moment', async () => {
    const { reservation } = await inventory.stock.reserve(order(['PAIR-C', 1]))
    expect(reservation.lines[0]).toMatchObject({ sku: 'PAIR-C', unitPrice: { amount: 1_234, currency: 'EUR' } })
  })
})

describe('a request that cannot be met', () => {
  it('holds none of its lines and leaves no trace', async () => {
    const request = order(['PAIR-A', 1], ['RACE-TEN', 1])
    const before = await stockOf('PAIR-A')
    await expect(inventory.stock.reserve(request)).rejects.toMatchObject({
      code: 'sold-out',
      errors: [{ field: 'lines.1.quantity', code: 'sold-out' }],
    })
    expect(await stockOf('PAIR-A')).toEqual(before)
    expect(
      await inventory.database.query`SELECT FROM "reservation" WHERE "order_id" = ${request.orderId}::uuid`,
    ).toEqual([])
    expect(await inventory.takeEvents()).toEqual([])
  })

  it('names the product that does not exist', async () => {
    await expect(inventory.stock.reserve(order(['PAIR-A', 1], ['NO-SUCH', 1]))).rejects.toMatchObject({
      code: 'unknown-sku',
      errors: [{ field: 'lines.1.sku', code: 'unknown-sku' }],
    })
  })

  it('may not change its mind about an order', async () => {
    const request = order(['PAIR-A', 1])
    await inventory.stock.reserve(request)
    const other = { ...request, lines: [{ sku: 'PAIR-A', quantity: 2 }] }
    await expect(inventory.stock.reserve(other)).rejects.toMatchObject({ code: 'idempotency-key-reused' })
  })
})

describe('a hold that has expired', () => {
  it('goes back on sale exactly at its time, whichever replica sweeps', async () => {
    const reserved = await Promise.all(
      Array.from({ length: 20 }, () => inventory.stock.reserve(order(['SWEEP-ME', 2]))),
    )
    await inventory.takeEvents()
    inventory.clock.advance(holdMs - 1)
    await inventory.sweep.sweep()
    expect(await stockOf('SWEEP-ME')).toMatchObject({ held: 40 })
    inventory.clock.advance(1)
    await Promise.all([inventory.sweep.sweep(), inventory.sweep.sweep(), inventory.sweep.sweep()])
    // Two sweeps that meet skip each other's row; what is left is for the next one.
    await inventory.sweep.sweep()
    expect(await stockOf('SWEEP-ME')).toMatchObject({ onHand: 100, held: 0 })
    const ours = (await inventory.takeEvents()).filter(({ subject }) => subject === 'SWEEP-ME')
    expect(ours).toHaveLength(20)
    expect(ours.at(-1)?.data).toMatchObject({ available: 100, change: 2, cause: 'expired' })
    const ids = reserved.map(({ reservation }) => reservation.id)
    expect(
      await inventory.database.query`
        SELECT "state", count(*)::int AS "count" FROM "reservation" WHERE "id" = ANY(${ids}::uuid[]) GROUP BY "state"`,
    ).toEqual([{ state: 'expired', count: ids.length }])
  })

  it('that is confirmed while it expires is sold all the same, once', async () => {
    const before = await stockOf('SWEEP-ME')
    const reserved = await Promise.all(
      Array.from({ length: 10 }, () => inventory.stock.reserve(order(['SWEEP-ME', 1]))),
    )
    inventory.clock.advance(holdMs)
    const confirmed = reserved.map(({ reservation }) => inventory.settlement.settle(reservation.id, 'confirm'))
    await Promise.all([...confirmed, inventory.sweep.sweep(), inventory.sweep.sweep()])
    expect((await Promise.all(confirmed)).map(({ state }) => state)).toEqual(Array(10).fill('confirmed'))
    expect(await stockOf('SWEEP-ME')).toEqual({ onHand: before.onHand - 10, held: 0 })
  })

  it('is still confirmed late while the goods are there, and refused when they are gone', async () => {
    const { reservation: early } = await inventory.stock.reserve(order(['LATE-GOODS', 1]))
    const { reservation: late } = await inventory.stock.reserve(order(['LATE-GOODS', 1]))
    inventory.clock.advance(holdMs)
    await inventory.sweep.sweep()
    expect(await inventory.settlement.settle(early.id, 'confirm')).toMatchObject({ state: 'confirmed' })
    await inventory.stock.reserve(order(['LATE-GOODS', 1]))
    await expect(inventory.settlement.settle(late.id, 'confirm')).rejects.toMatchObject({ code: 'wrong-state' })
    expect(await stockOf('LATE-GOODS')).toMatchObject({ onHand: 1, held: 1 })
    expect(await inventory.settlement.settle(late.id, 'release')).toMatchObject({ state: 'released' })
    expect(await stockOf('LATE-GOODS')).toMatchObject({ onHand: 1, held: 1 })
  })
})
