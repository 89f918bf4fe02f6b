import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Inventory, openInventory, testProduct } from '../testing/open-inventory.ts'
import { catalogueProducts } from './products.ts'

let inventory: Inventory
beforeAll(async () => {
  inventory = await openInventory([])
})
afterAll(() => inventory.close())

it('opens every product once, however many replicas start at once', async () => {
  const opened = await Promise.all(Array.from({ length: 4 }, () => inventory.opening.open(catalogueProducts)))
  expect(opened.reduce((sum, count) => sum + count, 0)).toBe(catalogueProducts.length)
  const stock = await inventory.database.query<{ sku: string; onHand: number }>`
    SELECT "sku", sum("on_hand")::int AS "onHand" FROM "stock" GROUP BY "sku"`
  expect(Object.fromEntries(stock.map(({ sku, onHand }) => [sku, onHand]))).toEqual(
    Object.fromEntries(catalogueProducts.map(({ sku, openingStock }) => [sku, openingStock])),
  )
  expect(await inventory.placesOf('MUG-DAWN')).toEqual({ central: '33334/0', harbour: '16666/0', transit: '0/0' })
  const told = (await inventory.takeEvents()).filter(({ type }) => type === 'stock.changed')
  expect(told).toHaveLength(catalogueProducts.filter(({ openingStock }) => openingStock > 0).length)
})

it('leaves what was sold since as it is, and adds what is new', async () => {
  const lines = [{ sku: 'MUG-DAWN', quantity: 3 }]
  const { reservation } = await inventory.stock.reserve({ orderId: randomUUID(), lines })
  await inventory.settlement.settle(reservation.id, 'confirm')
  expect(await inventory.opening.open([...catalogueProducts, testProduct('MUG-DUSK', 7)])).toBe(1)
  const onHand = async (sku: string): Promise<number> => (await inventory.stockOf(sku)).onHand
  expect(await onHand('MUG-DAWN')).toBe(catalogueProducts[0]!.openingStock - 3)
  expect(await onHand('MUG-DUSK')).toBe(7)
})
