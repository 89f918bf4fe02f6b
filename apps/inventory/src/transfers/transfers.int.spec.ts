import { randomUUID } from 'node:crypto'
import { ProblemException } from '@meshmart/service-kit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Inventory, openInventory, testProduct } from '../testing/open-inventory.ts'

const staff = 'account:00000000-0000-4000-8000-000000000001'
let inventory: Inventory
// Opening stock: two thirds in the central warehouse, the rest at the harbour.
beforeAll(async () => {
  inventory = await openInventory([
    testProduct('MOVE-NINE', 9, 5),
    testProduct('MOVE-FULL', 9),
    testProduct('SPLIT-NINE', 9),
    testProduct('RACE-SIX', 9),
  ])
})
afterAll(() => inventory.close())
beforeEach(() => inventory.takeEvents())

const codeOf = (error: unknown): string => (error instanceof ProblemException ? error.code : String(error))
const request = (sku: string, quantity: number, id: string = randomUUID()) =>
  inventory.transfers.request(staff, {
    id,
    source: 'central',
    destination: 'harbour',
    note: 'for the weekend',
    lines: [{ sku, quantity }],
  })

describe('a transfer', () => {
  it('goes through a place of its own, and tells what can be bought meanwhile', async () => {
    const { transfer } = await request('MOVE-NINE', 4)
    expect(await inventory.placesOf('MOVE-NINE')).toEqual({ central: '6/0', harbour: '3/0', transit: '0/0' })
    await inventory.transfers.act(transfer.id, 'ship')
    expect(await inventory.placesOf('MOVE-NINE')).toEqual({ central: '2/0', harbour: '3/0', transit: '4/0' })
    const received = await inventory.transfers.act(transfer.id, 'receive')
    expect(received).toMatchObject({ state: 'received', actor: staff, note: 'for the weekend' })
    expect(await inventory.placesOf('MOVE-NINE')).toEqual({ central: '2/0', harbour: '7/0', transit: '0/0' })
    const events = (await inventory.takeEvents()).map(({ type, data }) => [
      type,
      (data as { available: number }).available,
    ])
    expect(events).toEqual([
      ['stock.changed', 5],
      ['stock.low', 5],
      ['stock.changed', 9],
    ])
  })

  it('has each step once, however often and at once it is asked for', async () => {
    const id = randomUUID()
    const asked = await Promise.all(Array.from({ length: 5 }, () => request('MOVE-FULL', 2, id)))
    expect(asked.filter(({ created }) => created)).toHaveLength(1)
    for (const action of ['ship', 'receive'] as const)
      await Promise.all(Array.from({ length: 5 }, () => inventory.transfers.act(id, action)))
    expect(await inventory.placesOf('MOVE-FULL')).toEqual({ central: '4/0', harbour: '5/0', transit: '0/0' })
    await expect(request('MOVE-FULL', 3, id)).rejects.toMatchObject({ code: 'idempotency-key-reused' })
    await expect(inventory.transfers.act(id, 'cancel')).rejects.toMatchObject({ code: 'wrong-state' })
  })

  it('never takes what a customer holds', async () => {
    await inventory.stock.reserve({ orderId: randomUUID(), lines: [{ sku: 'RACE-SIX', quantity: 3 }] })
    const { transfer } = await request('RACE-SIX', 4)
    await expect(inventory.transfers.act(transfer.id, 'ship')).rejects.toMatchObject({
      code: 'not-enough-stock',
      errors: [{ field: 'lines.0.quantity', code: 'not-enough-stock' }],
    })
    expect(await inventory.transfers.act(transfer.id, 'cancel')).toMatchObject({ state: 'cancelled' })
    expect(await inventory.placesOf('RACE-SIX')).toEqual({ central: '6/3', harbour: '3/0', transit: '0/0' })
  })

  it('names a product that there is not, and leaves nothing behind', async () => {
    await expect(request('NO-SUCH', 1)).rejects.toMatchObject({ code: 'unknown-sku' })
    expect(
      await inventory.database.query`
        SELECT FROM "stock_document" d WHERE NOT EXISTS (SELECT FROM "transfer_order" t WHERE t."id" = d."id")`,
    ).toEqual([])
  })
})

describe('a reservation over two warehouses', () => {
  it('splits what no warehouse has alone, sells it from both, and puts it back where it was', async () => {
    const { reservation } = await inventory.stock.reserve({
      orderId: randomUUID(),
      lines: [{ sku: 'SPLIT-NINE', quantity: 8 }],
    })
    expect(await inventory.placesOf('SPLIT-NINE')).toEqual({ central: '6/6', harbour: '3/2', transit: '0/0' })
    await inventory.settlement.settle(reservation.id, 'confirm')
    expect(await inventory.placesOf('SPLIT-NINE')).toEqual({ central: '0/0', harbour: '1/0', transit: '0/0' })
    await inventory.ends.end(reservation.orderId)
    expect(await inventory.placesOf('SPLIT-NINE')).toEqual({ central: '6/0', harbour: '3/0', transit: '0/0' })
  })

  it('races with a transfer: every piece is in one place only', async () => {
    const { transfer } = await request('RACE-SIX', 2)
    const orders = Array.from({ length: 12 }, () =>
      inventory.stock.reserve({ orderId: randomUUID(), lines: [{ sku: 'RACE-SIX', quantity: 1 }] }),
    )
    const results = await Promise.allSettled([inventory.transfers.act(transfer.id, 'ship'), ...orders])
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [codeOf(result.reason)] : []))
    expect(refused.every((code) => code === 'sold-out' || code === 'not-enough-stock')).toBe(true)
    const { onHand, held } = await inventory.stockOf('RACE-SIX')
    const shipped = results[0]?.status === 'fulfilled' ? 2 : 0
    expect({ onHand, held }).toEqual({ onHand: 9, held: 9 - shipped })
  })
})
