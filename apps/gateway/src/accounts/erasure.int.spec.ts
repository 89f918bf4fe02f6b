import { AccountExport } from '@meshmart/contracts'
import { CLOCK, type Clock, raw } from '@meshmart/service-kit'
import { describe, expect, it, vi } from 'vitest'
import { key, openShop, password, put, register, shop, visitor } from '../testing/open-shop.ts'
import { purchase } from '../testing/shop.ts'
import { Erasure } from './erasure.ts'

openShop()

const address = { name: 'Ada', line1: '1 Way', postalCode: '10115', city: 'Berlin', country: 'DE' }
const buy = () => visitor.ask('POST', '/api/v1/orders', { body: purchase(), headers: key() })
const erasures = () => shop.database.query<{ customerId: string }>`SELECT "customer_id" AS "customerId" FROM "erasure"`

describe('my data', () => {
  it('is one file with everything, also what was ordered as a guest', async () => {
    const asGuest = (await buy()).json<{ id: string }>()
    const mine = await register()
    const asAccount = (await buy()).json<{ id: string }>()
    await put([{ sku: 'PEN-BLUE', quantity: 3 }])
    await visitor.ask('POST', '/api/v1/account/addresses', { body: address })
    const answer = await visitor.ask('GET', '/api/v1/account/export')
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-disposition': 'attachment; filename="meshmart-account.json"',
      'cache-control': 'no-store',
    })
    const data = AccountExport.parse(answer.json())
    expect(data).toMatchObject({
      account: { email: mine, name: 'Ada' },
      addresses: [{ ...address, isDefault: true }],
      cart: [{ sku: 'PEN-BLUE', quantity: 3 }],
    })
    expect(data.orders.map(({ id }) => id)).toEqual([asAccount.id, asGuest.id])
    expect(data.sessions).toHaveLength(1)
    expect(answer.body).not.toMatch(/argon2|[Pp]assword/)
  })

  it('is a problem and no half file where orders is away', async () => {
    await register()
    shop.neighbours.broken.add('orders')
    const answer = await visitor.ask('GET', '/api/v1/account/export')
    shop.neighbours.broken.clear()
    expect(answer.json()).toMatchObject({ status: 503, code: 'upstream-unavailable' })
    expect(answer.headers['content-disposition']).toBeUndefined()
  })
})

describe('deleting an account', () => {
  const remove = (typed: string) => visitor.ask('POST', '/api/v1/account/deletion', { body: { password: typed } })

  it('needs the password once more', async () => {
    const mine = await register()
    expect((await remove('wrong')).json()).toMatchObject({
      status: 401,
      code: 'wrong-credentials',
      errors: [{ field: 'password' }],
    })
    expect((await visitor.ask('GET', '/api/v1/account')).json()).toMatchObject({ email: mine })
  })

  it('leaves nothing of it here, and makes orders forget who it was, also the guest that it had been', async () => {
    await buy()
    const mine = await register()
    await put([{ sku: 'PEN-BLUE', quantity: 3 }])
    await visitor.ask('POST', '/api/v1/account/addresses', { body: address })
    const { id } = (await visitor.ask('GET', '/api/v1/account')).json<{ id: string }>()
    const [claim] = await shop.database.query<{ guestId: string }>`
      SELECT "guest_id" AS "guestId" FROM "guest_claim" WHERE "account_id" = ${id}::uuid`
    const { guestId } = claim!
    shop.neighbours.erased.length = 0

    expect((await remove(password)).statusCode).toBe(204)
    expect(visitor.cookies.size).toBe(0)
    for (const table of ['session', 'address', 'guest_claim'])
      expect(await shop.database.query`SELECT FROM ${raw(table)} WHERE "account_id" = ${id}::uuid`, table).toEqual([])
    expect(await shop.database.query`SELECT FROM "account" WHERE "id" = ${id}::uuid`).toEqual([])
    expect(await shop.database.query`SELECT FROM "cart_line" WHERE "customer_id" LIKE ${`%${id}%`}`).toEqual([])
    await vi.waitFor(() =>
      expect([...shop.neighbours.erased].sort()).toEqual([`account:${id}`, `guest:${guestId}`].sort()),
    )
    expect((await visitor.ask('POST', '/api/v1/session', { body: { email: mine, password } })).statusCode).toBe(401)
    const again = await visitor.ask('POST', '/api/v1/accounts', { body: { email: mine, name: 'Ada', password } })
    expect(again.statusCode).toBe(201)
    expect((await visitor.ask('GET', '/api/v1/orders')).json()).toMatchObject({ items: [] })
  })

  it('is not forgotten while orders is away, nor while an order is on its way', async () => {
    await register()
    shop.neighbours.nextOrder = { state: 'received' }
    await buy()
    shop.neighbours.broken.add('orders')
    expect((await remove(password)).statusCode).toBe(204)
    await expect(shop.app.get(Erasure).sweep()).rejects.toMatchObject({ code: 'upstream-unavailable' })
    shop.neighbours.broken.clear()
    const customers = (await erasures()).map(({ customerId }) => customerId)
    // Long after: nothing that was bought before can still arrive.
    const clock = vi.spyOn(shop.app.get<Clock>(CLOCK), 'now').mockReturnValue(new Date(Date.now() + 3_600_000))
    try {
      await shop.app.get(Erasure).sweep()
    } finally {
      clock.mockRestore()
    }
    const left = (await erasures()).map(({ customerId }) => customerId)
    expect(customers.length).toBeGreaterThanOrEqual(1)
    expect(left).toHaveLength(1)
    expect(customers).toContain(left[0])
  })
})
