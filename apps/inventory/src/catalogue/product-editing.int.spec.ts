/** Edits of products on a real database: by one, by two at once, of what is held, sold and withdrawn. */
import { randomUUID } from 'node:crypto'
import type { ProductEdit } from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Inventory, openInventory, testProduct } from '../testing/open-inventory.ts'
import { InventoryProductQuery } from './product-query.ts'

const ada = `account:${randomUUID()}`
const bob = `account:${randomUUID()}`
const products = [
  testProduct('EDIT-ME', 9),
  testProduct('RACE-EDIT', 9),
  testProduct('GONE-A', 9, 4),
  testProduct('GONE-B', 9),
  testProduct('HOLD-IT', 9),
  testProduct('FEW-LEFT', 5, 2),
  testProduct('KEEP-EDIT', 9),
]
let inventory: Inventory
beforeAll(async () => {
  inventory = await openInventory(products)
})
afterAll(() => inventory.close())
beforeEach(() => inventory.takeEvents())

const editOf = async (sku: string): Promise<ProductEdit> => {
  const { name, description, category, price, reorderPoint, forSale } = await inventory.editing.find(sku)
  return { name, description, category, price: { amount: price.amount, currency: 'EUR' }, reorderPoint, forSale }
}
const change = async (sku: string, part: Partial<ProductEdit>, actor = ada) =>
  inventory.editing.edit(actor, sku, { ...(await editOf(sku)), ...part }, '*')
const euros = (amount: number): ProductEdit['price'] => ({ amount, currency: 'EUR' })
const codeOf = (error: unknown): string => (error instanceof ProblemException ? error.code : String(error))
const found = async (query: object): Promise<string[]> =>
  (await inventory.search.page(InventoryProductQuery.parse(query))).items.map(({ sku }) => sku)
const foundByStaff = async (query: object): Promise<string[]> =>
  (await inventory.search.staffPage(InventoryProductQuery.parse(query))).items.map(({ sku }) => sku)
const reserve = (sku: string, quantity = 1, orderId: string = randomUUID()) =>
  inventory.stock.reserve({ orderId, lines: [{ sku, quantity }] })

describe('an edit', () => {
  it('changes what the shop says, is told, and is remembered with who made it', async () => {
    const before = await inventory.editing.find('EDIT-ME')
    expect(before).toMatchObject({ version: 1, forSale: true, available: 9, edits: [] })
    const name = { en: 'Kettle', 'zh-CN': '水壶' }
    const after = await change('EDIT-ME', { name, price: euros(2_500) })
    expect(after).toMatchObject({ version: 2, name, price: { amount: 2_500, currency: 'EUR' } })
    expect(after.edits).toEqual([
      {
        version: 2,
        actor: ada,
        at: inventory.clock.now().toISOString(),
        changes: [
          { field: 'name.en', before: 'Product EDIT-ME', after: 'Kettle' },
          { field: 'name.zh-CN', before: '商品 EDIT-ME', after: '水壶' },
          { field: 'price.amount', before: 1_234, after: 2_500 },
        ],
      },
    ])
    expect(await inventory.search.product('EDIT-ME')).toMatchObject({ name, price: { amount: 2_500 } })
    expect(await found({ query: 'kettle' })).toEqual(['EDIT-ME'])
    expect(await inventory.takeEvents()).toEqual([
      {
        type: 'product.changed',
        subject: 'EDIT-ME',
        data: { sku: 'EDIT-ME', version: 2, price: { amount: 2_500, currency: 'EUR' }, forSale: true },
      },
    ])
  })

  it('by nothing is none', async () => {
    const before = await inventory.editing.find('EDIT-ME')
    expect(await change('EDIT-ME', {}, bob)).toEqual(before)
    expect(await inventory.takeEvents()).toEqual([])
  })

  it('is not undone when the shop opens again', async () => {
    await change('KEEP-EDIT', { price: euros(1), forSale: false })
    expect(await inventory.opening.open(products)).toBe(0)
    expect(await inventory.editing.find('KEEP-EDIT')).toMatchObject({ price: { amount: 1 }, forSale: false })
  })

  it('of an edition that is no longer the present one is refused, and changes nothing', async () => {
    const edit = await editOf('EDIT-ME')
    const { version } = await change('EDIT-ME', { price: euros(2_600) })
    const late = inventory.editing.edit(bob, 'EDIT-ME', { ...edit, price: euros(1) }, [version - 1])
    await expect(late).rejects.toMatchObject({ code: 'precondition-failed' })
    expect(await inventory.editing.find('EDIT-ME')).toMatchObject({ version, price: { amount: 2_600 } })
    // Asked for again after a lost answer.
    const same = await inventory.editing.edit(ada, 'EDIT-ME', { ...edit, price: euros(2_600) }, [version - 1])
    expect(same.version).toBe(version)
    const known = await inventory.editing.edit(bob, 'EDIT-ME', { ...edit, price: euros(2_700) }, [version])
    expect(known).toMatchObject({ version: version + 1, edits: [{ actor: bob }, { actor: ada }, { actor: ada }] })
    await expect(inventory.editing.edit(ada, 'NO-SUCH', edit, '*')).rejects.toMatchObject({ code: 'not-found' })
  })

  it('by many at once of one edition succeeds once', async () => {
    const edit = await editOf('RACE-EDIT')
    const attempts = await Promise.allSettled(
      Array.from({ length: 12 }, (_, n) =>
        inventory.editing.edit(n % 2 ? ada : bob, 'RACE-EDIT', { ...edit, price: euros(2_000 + n) }, [1]),
      ),
    )
    const refused = attempts.flatMap((attempt) => (attempt.status === 'rejected' ? [codeOf(attempt.reason)] : []))
    expect(refused).toEqual(Array(11).fill('precondition-failed'))
    const { version, edits, price } = await inventory.editing.find('RACE-EDIT')
    expect([version, edits.length]).toEqual([2, 1])
    expect(edits[0]!.changes).toEqual([{ field: 'price.amount', before: 1_234, after: price.amount }])
    expect(await inventory.takeEvents()).toHaveLength(1)
  })

  it('while many buy ends for all: nobody waits for ever, each pays a price that was once asked', async () => {
    const sales = Array.from({ length: 6 }, () => reserve('HOLD-IT'))
    const edits = [1_300, 1_400, 1_500].map((amount) =>
      change('HOLD-IT', { price: euros(amount), reorderPoint: amount }),
    )
    const reserved = await Promise.all(sales)
    await Promise.all(edits)
    for (const { reservation } of reserved)
      expect([1_234, 1_300, 1_400, 1_500]).toContain(reservation.lines[0]!.unitPrice.amount)
    expect((await reserve('HOLD-IT')).reservation.lines[0]!.unitPrice.amount).toBe(
      (await inventory.search.product('HOLD-IT')).price.amount,
    )
  })
})

describe('a product that is withdrawn', () => {
  it('is in no list and no search of the shop, and staff find it', async () => {
    await change('GONE-A', { forSale: false })
    expect(await found({})).not.toContain('GONE-A')
    expect(await found({ skus: 'GONE-A,GONE-B' })).toEqual(['GONE-B'])
    for (const query of ['gone', 'product', '商品']) expect(await found({ query }), query).not.toContain('GONE-A')
    await expect(inventory.search.product('GONE-A')).rejects.toMatchObject({ code: 'not-found' })
    for (const query of [{}, { query: 'product' }, { query: '商品' }, { skus: 'GONE-A' }])
      expect(await foundByStaff(query)).toContain('GONE-A')
    expect(await inventory.editing.find('GONE-A')).toMatchObject({ forSale: false, available: 9 })
  })

  it('leaves no gap in the pages of the others', async () => {
    const paged: string[] = []
    let cursor: string | null = null
    do {
      const query = InventoryProductQuery.parse({
        query: 'product',
        limit: '2',
        ...(cursor === null ? {} : { cursor }),
      })
      const page = await inventory.search.page(query)
      paged.push(...page.items.map(({ sku }) => sku))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(paged.toSorted()).toEqual((await found({ query: 'product' })).toSorted())
    expect(paged).not.toContain('GONE-A')
  })

  it('cannot be reserved: it is a product that the shop does not have, and nothing of the order is held', async () => {
    const lines = [
      { sku: 'GONE-B', quantity: 1 },
      { sku: 'GONE-A', quantity: 1 },
    ]
    await expect(inventory.stock.reserve({ orderId: randomUUID(), lines })).rejects.toMatchObject({
      code: 'unknown-sku',
      errors: [{ field: 'lines.1.sku', code: 'unknown-sku' }],
    })
    expect(await inventory.stockOf('GONE-B')).toEqual({ onHand: 9, held: 0 })
  })

  it('is still confirmed, returned and restocked where it was ordered before, at the price of then', async () => {
    const orderId = randomUUID()
    const { reservation } = await reserve('GONE-B', 2, orderId)
    await change('GONE-B', { forSale: false, price: euros(9_900) })
    const again = await reserve('GONE-B', 2, orderId)
    expect(again).toMatchObject({ created: false, reservation: { lines: [{ unitPrice: { amount: 1_234 } }] } })
    expect(await inventory.settlement.settle(reservation.id, 'confirm')).toMatchObject({ state: 'confirmed' })
    await inventory.takeBack.pieces(reservation.id, { id: randomUUID(), lines: [{ sku: 'GONE-B', quantity: 1 }] })
    expect(await inventory.stockOf('GONE-B')).toEqual({ onHand: 8, held: 0 })
    expect(await inventory.ends.end(orderId)).toMatchObject({ state: 'returned' })
    const counted = {
      id: randomUUID(),
      warehouse: 'central',
      reason: 'recount',
      counts: [{ sku: 'GONE-B', counted: 9 }],
    }
    await inventory.takes.book(ada, { ...counted, warehouse: 'central' })
    expect((await inventory.stockOf('GONE-B')).onHand).toBe(12)
  })

  it('is published to a sales channel as nothing to sell', async () => {
    const { version } = await inventory.publications.publish('market')
    const { items } = await inventory.publications.page('market', version, 100, undefined)
    expect(items).toContainEqual({ sku: 'GONE-B', available: 0 })
    expect(items).toContainEqual({ sku: 'RACE-EDIT', available: 9 })
    await change('GONE-B', { forSale: true })
    const next = await inventory.publications.publish('market')
    expect((await inventory.publications.page('market', next.version, 100, undefined)).items).toEqual([
      { sku: 'GONE-B', available: 12 },
    ])
  })

  it('can be bought again once it is back', async () => {
    await change('GONE-B', { forSale: true })
    expect(await found({ skus: 'GONE-B' })).toEqual(['GONE-B'])
    expect((await reserve('GONE-B')).reservation.lines[0]!.unitPrice.amount).toBe(9_900)
  })
})

describe('a reorder point', () => {
  const openWarnings = async () =>
    (await inventory.warnings.list(true, 50)).items.filter(({ sku }) => sku === 'FEW-LEFT').map(({ kind }) => kind)

  it('that is raised to what is left warns at once, and one that is lowered clears the warning', async () => {
    await change('FEW-LEFT', { reorderPoint: 5 })
    expect(await openWarnings()).toEqual(['low'])
    expect((await inventory.takeEvents()).map(({ type }) => type)).toEqual(['product.changed', 'stock.low'])
    expect((await inventory.search.product('FEW-LEFT')).stock.level).toBe('few-left')
    await change('FEW-LEFT', { reorderPoint: 6 })
    expect((await inventory.takeEvents()).map(({ type }) => type)).toEqual(['product.changed'])
    await change('FEW-LEFT', { reorderPoint: 4 })
    await inventory.watch.watch()
    expect(await openWarnings()).toEqual([])
  })

  it('of what is withdrawn warns nobody, until it is back', async () => {
    await change('FEW-LEFT', { reorderPoint: 5 })
    await change('FEW-LEFT', { forSale: false })
    await inventory.watch.watch()
    expect(await openWarnings()).toEqual([])
    await change('FEW-LEFT', { forSale: true })
    expect(await openWarnings()).toEqual(['low'])
  })
})
