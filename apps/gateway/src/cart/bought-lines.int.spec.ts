/** What was bought leaves the cart, wherever it is, and nobody waits for a cart that has nothing of it. */
import { randomUUID } from 'node:crypto'
import type { CartItem } from '@meshmart/contracts'
import type { Transaction } from '@meshmart/service-kit'
import { describe, expect, it, vi } from 'vitest'
import { accountCustomer, guestCustomer } from '../domain/customer.ts'
import { openShop, register, shop, visitor } from '../testing/open-shop.ts'
import { BoughtLines } from './bought-lines.ts'
import { CartLines } from './cart-lines.ts'

openShop()

const mugs = (quantity: number): CartItem => ({ sku: 'MUG-DAWN', quantity })
const pens = (quantity: number): CartItem => ({ sku: 'PEN-BLUE', quantity })
const cart = (): CartLines => shop.app.get(CartLines)
const takeOut = (customer: string, bought: CartItem[]): Promise<void> =>
  shop.database.transaction((tx) => shop.app.get(BoughtLines).takeOut(tx, customer, bought))
/** Somebody waits for a cart. */
const waits = () =>
  vi.waitFor(
    async () =>
      expect(
        await shop.database.query`SELECT FROM pg_locks WHERE "locktype" = 'advisory' AND NOT "granted"`,
      ).toHaveLength(1),
    5_000,
  )
/** The change that is under way in the queue of a cart, until `finish`. */
async function changing(customer: string, change: (tx: Transaction) => Promise<void>) {
  const queued = Promise.withResolvers<void>()
  const finished = Promise.withResolvers<void>()
  const done = shop.database.transaction(async (tx) => {
    await cart().queue(tx, customer)
    queued.resolve()
    await finished.promise
    await change(tx)
  })
  await Promise.race([queued.promise, done])
  return {
    finish: (): Promise<void> => {
      finished.resolve()
      return done
    },
  }
}
async function anAccount(): Promise<string> {
  await register()
  return (await visitor.ask('GET', '/api/v1/account')).json<{ id: string }>().id
}

describe('what was bought', () => {
  it.each([accountCustomer(randomUUID()), guestCustomer(randomUUID())])('leaves the cart of %s', async (customer) => {
    await cart().replace(customer, [mugs(5), pens(1), { sku: 'BAG-SAND', quantity: 1 }])
    await takeOut(customer, [mugs(1), pens(2), mugs(1), { sku: 'CUP-MOSS', quantity: 1 }])
    expect(await cart().read(customer)).toEqual([mugs(3), { sku: 'BAG-SAND', quantity: 1 }])
  })

  it('leaves what the cart holds once a change of it that is under way is through', async () => {
    const customer = accountCustomer(randomUUID())
    await cart().replace(customer, [mugs(1)])
    const change = await changing(customer, (tx) => cart().change(tx, customer, async () => [mugs(5), pens(1)]))
    const taken = takeOut(customer, [mugs(2)])
    await waits()
    await change.finish()
    await taken
    expect(await cart().read(customer)).toEqual([mugs(3), pens(1)])
  })

  it('leaves the cart of the account into which its guest is signing in', async () => {
    const accountId = await anAccount()
    const guestId = randomUUID()
    const [guest, account] = [guestCustomer(guestId), accountCustomer(accountId)]
    await cart().replace(guest, [mugs(5)])
    const signIn = await changing(guest, async (tx) => {
      const left = await cart().take(tx, guest)
      await tx.execute`INSERT INTO "guest_claim" ("guest_id", "account_id") VALUES (${guestId}::uuid, ${accountId}::uuid)`
      await cart().change(tx, account, async () => left)
    })
    const taken = takeOut(guest, [mugs(2)])
    await waits()
    await signIn.finish()
    await taken
    expect(await cart().read(account)).toEqual([mugs(3)])
  })

  it('waits for the account’s cart too, where its guest has signed in', async () => {
    const accountId = await anAccount()
    const guestId = randomUUID()
    const [guest, account] = [guestCustomer(guestId), accountCustomer(accountId)]
    await shop.database.execute`
      INSERT INTO "guest_claim" ("guest_id", "account_id") VALUES (${guestId}::uuid, ${accountId}::uuid)`
    const change = await changing(account, (tx) => cart().change(tx, account, async () => [mugs(5)]))
    const taken = takeOut(guest, [mugs(2)])
    await waits()
    await change.finish()
    await taken
    expect(await cart().read(account)).toEqual([mugs(3)])
  })

  it.each([accountCustomer(randomUUID()), guestCustomer(randomUUID())])(
    'is not waited for where nothing of it is in the cart of %s',
    async (customer) => {
      await cart().replace(customer, [pens(1)])
      const change = await changing(customer, (tx) => cart().change(tx, customer, async () => [mugs(1)]))
      await takeOut(customer, [mugs(1)])
      await change.finish()
      expect(await cart().read(customer)).toEqual([mugs(1)])
    },
  )
})
