/**
 * What the integration tests of the gateway begin with: one shop for each test file and a new visitor for each test. `shop` and `visitor` are live
 * bindings, so that a test reads as what a visitor does.
 */
import { randomUUID } from 'node:crypto'
import { Cart } from '@meshmart/contracts'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { type Shop, startShop, Visitor } from './shop.ts'

export let shop: Shop
export let visitor: Visitor

/** Called once, at the top of a test file. */
export function openShop(): void {
  beforeAll(async () => {
    shop = await startShop()
  })
  afterAll(() => shop.stop())
  beforeEach(() => {
    visitor = new Visitor(shop.app)
    shop.neighbours.asked.length = 0
  })
}

export const password = 'correct horse battery'
/** An e-mail that nobody has yet. */
export const email = (): string => `${randomUUID()}@example.org`
/** A header that no request has had yet. */
export const key = (): Record<string, string> => ({ 'idempotency-key': randomUUID() })

/** Makes an account and signs the visitor in to it. @returns its e-mail */
export async function register(who = visitor): Promise<string> {
  const address = email()
  const answer = await who.ask('POST', '/api/v1/accounts', { body: { email: address, name: 'Ada', password } })
  if (answer.statusCode !== 201) throw new Error(`registering answered ${answer.statusCode}: ${answer.body}`)
  return address
}

export const put = (items: object[]) => visitor.ask('PUT', '/api/v1/cart', { body: { items } })
/** The visitor's cart, such as `['2 MUG-DAWN']`. */
export const contents = async (): Promise<string[]> =>
  Cart.parse((await visitor.ask('GET', '/api/v1/cart')).json()).lines.map(
    (line) => `${line.quantity} ${line.product.sku}`,
  )
