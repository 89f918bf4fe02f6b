/** What the database refuses even to a service that is broken or taken over: it speaks as the service's own role, past all of our code. */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Inventory, openInventory, testProduct } from '../testing/open-inventory.ts'

let inventory: Inventory
let app: pg.Client
let reservationId: string
beforeAll(async () => {
  inventory = await openInventory([testProduct('VAULT-A', 5)])
  app = new pg.Client({ connectionString: inventory.database.url })
  await app.connect()
  const { reservation } = await inventory.stock.reserve({
    orderId: randomUUID(),
    lines: [{ sku: 'VAULT-A', quantity: 2 }],
  })
  reservationId = reservation.id
})
afterAll(async () => {
  await app.end()
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
    "INSERT INTO stock (sku, on_hand) VALUES ('VAULT-A', 100)",
    'DELETE FROM stock',
    'UPDATE product SET price_amount = 1',
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
    await expect(app.query("UPDATE stock SET held = 6 WHERE sku = 'VAULT-A'")).rejects.toMatchObject({
      code: checkViolation,
      constraint: 'stock_never_oversold',
    })
  })

  it('refuse to give back more than is held', async () => {
    await expect(app.query("UPDATE stock SET held = -1 WHERE sku = 'VAULT-A'")).rejects.toMatchObject({
      code: checkViolation,
      constraint: 'stock_held_not_negative',
    })
  })

  const movement = (kind: string, quantity: number): Promise<unknown> =>
    app.query('INSERT INTO stock_movement (sku, kind, quantity, reservation_id, at) VALUES ($1, $2, $3, $4, now())', [
      'VAULT-A',
      kind,
      quantity,
      reservationId,
    ])

  it('refuse to sell what others hold', async () => {
    await expect(movement('sold', -4)).rejects.toMatchObject({ constraint: 'stock_never_oversold' })
  })

  it('refuse a movement whose sign does not fit its kind', async () => {
    await expect(movement('sold', 1)).rejects.toMatchObject({ constraint: 'stock_movement_sign' })
    await expect(movement('returned', -1)).rejects.toMatchObject({ constraint: 'stock_movement_sign' })
    await expect(movement('opening', 1)).rejects.toMatchObject({ constraint: 'stock_movement_sign' })
  })

  it('refuse to sell the same line twice, and to open a product twice', async () => {
    await movement('sold', -1)
    await expect(movement('sold', -1)).rejects.toMatchObject({ code: uniqueViolation })
    await expect(
      app.query("INSERT INTO stock_movement (sku, kind, quantity, at) VALUES ('VAULT-A', 'opening', 1, now())"),
    ).rejects.toMatchObject({ code: uniqueViolation })
  })
})
