/** What the database refuses even to a service that is broken or taken over: it speaks as the service's own role, past all of our code. */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Inventory, openInventory, testProduct } from '../testing/open-inventory.ts'

let inventory: Inventory
let app: pg.Client
/** May do what the service may not: what stops it is a constraint. */
let owner: pg.Client
let reservationId: string
beforeAll(async () => {
  inventory = await openInventory([testProduct('VAULT-A', 5)])
  app = new pg.Client({ connectionString: inventory.urls.url })
  await app.connect()
  owner = new pg.Client({ connectionString: inventory.urls.ownerUrl })
  await owner.connect()
  const { reservation } = await inventory.stock.reserve({
    orderId: randomUUID(),
    lines: [{ sku: 'VAULT-A', quantity: 2 }],
  })
  reservationId = reservation.id
})
afterAll(async () => {
  await app.end()
  await owner.end()
  await inventory.close()
})

const insufficientPrivilege = '42501'
const checkViolation = '23514'
const uniqueViolation = '23505'

describe("the service's role", () => {
  it.each([
    'UPDATE stock_movement SET quantity = 100',
    'DELETE FROM stock_movement',
    'TRUNCATE stock_movement',
    'UPDATE stock SET on_hand = 100',
    'UPDATE stock SET held = 0',
    "INSERT INTO stock (sku, warehouse, on_hand) VALUES ('VAULT-A', 'central', 100)",
    "UPDATE warehouse SET sells = true WHERE code = 'transit'",
    'UPDATE reservation_allocation SET quantity = 1',
    'DELETE FROM reservation_allocation',
    "UPDATE stock_document SET actor = 'nobody'",
    'UPDATE transfer_line SET quantity = 1',
    "UPDATE transfer_order SET destination = 'central'",
    'DELETE FROM stock',
    "UPDATE product SET price_currency = 'USD'",
    "UPDATE product SET sku = 'VAULT-B'",
    "UPDATE product_edit SET actor = 'nobody'",
    'DELETE FROM product_edit',
    'DELETE FROM product',
    'UPDATE reservation SET order_id = gen_random_uuid()',
    'DELETE FROM reservation',
    'UPDATE reservation_line SET quantity = 1',
    'DELETE FROM reservation_line',
    'ALTER TABLE stock DISABLE TRIGGER ALL',
    'ALTER TABLE stock DROP CONSTRAINT stock_never_oversold',
    'CREATE TABLE mine (id int)',
    'CREATE SCHEMA mine',
  ])('may not: %s', async (sql) => {
    await expect(app.query(sql)).rejects.toMatchObject({ code: insufficientPrivilege })
  })
})

describe('the constraints', () => {
  it('refuse to hold more than there is', async () => {
    await expect(owner.query("UPDATE stock SET held = 6 WHERE sku = 'VAULT-A'")).rejects.toMatchObject({
      code: checkViolation,
      constraint: 'stock_never_oversold',
    })
  })

  it('refuse to give back more than is held', async () => {
    await expect(owner.query("UPDATE stock SET held = -1 WHERE sku = 'VAULT-A'")).rejects.toMatchObject({
      code: checkViolation,
      constraint: 'stock_held_not_negative',
    })
  })

  const movement = (kind: string, quantity: number): Promise<unknown> =>
    app.query(
      "INSERT INTO stock_movement (sku, warehouse, kind, quantity, reservation_id, at) VALUES ($1, 'central', $2, $3, $4, now())",
      ['VAULT-A', kind, quantity, reservationId],
    )

  it('refuse an edition of a product that nobody answers for', async () => {
    for (const change of ['price_amount = 1', 'price_amount = 1, version = version + 1', 'withdrawn_at = now()'])
      await expect(app.query(`UPDATE product SET ${change}`), change).rejects.toMatchObject({
        code: checkViolation,
        constraint: 'product_edition_documented',
      })
  })

  it('refuse to sell what others hold', async () => {
    await expect(movement('sold', -4)).rejects.toMatchObject({ constraint: 'stock_never_oversold' })
  })

  it('refuse a movement whose sign does not fit its kind', async () => {
    await expect(movement('sold', 1)).rejects.toMatchObject({ constraint: 'stock_movement_sign' })
    await expect(movement('returned', -1)).rejects.toMatchObject({ constraint: 'stock_movement_sign' })
    await expect(movement('opening', 1)).rejects.toMatchObject({ constraint: 'stock_movement_sign' })
  })

  it('refuse a movement that nobody answers for', async () => {
    for (const kind of ['shipped', 'received', 'counted', 'channel', 'restocked'])
      await expect(movement(kind, 1), kind).rejects.toMatchObject({ constraint: 'stock_movement_sign' })
  })

  it('refuse to hold what is in another warehouse', async () => {
    const allocate = `INSERT INTO reservation_allocation VALUES ($1, 'VAULT-A', 'harbour', 2)`
    await expect(app.query(allocate, [reservationId])).rejects.toMatchObject({ constraint: 'stock_never_oversold' })
  })

  it('refuse to take back more than was sold', async () => {
    await expect(movement('returned', 1)).rejects.toMatchObject({ constraint: 'stock_movement_no_more_back_than_sold' })
  })

  it('refuse to sell the same line twice, and to open a product twice', async () => {
    await movement('sold', -1)
    await expect(movement('sold', -1)).rejects.toMatchObject({ code: uniqueViolation })
    await expect(
      app.query(
        "INSERT INTO stock_movement (sku, warehouse, kind, quantity, at) VALUES ('VAULT-A', 'central', 'opening', 1, now())",
      ),
    ).rejects.toMatchObject({ code: uniqueViolation })
  })
})
