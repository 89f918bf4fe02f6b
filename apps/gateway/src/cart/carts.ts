/** A cart as its owner sees it: with the products and prices of this moment; what is no longer sold stands apart. */
import {
  addMoney,
  type Cart,
  type CartItem,
  type CartLine,
  type GoneLine,
  type Product,
  timesMoney,
  zeroMoney,
} from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { InventoryClient } from '../clients/inventory.client.ts'
import type { Precondition } from '../domain/entity-tag.ts'
import { CartLines } from './cart-lines.ts'

@Injectable()
export class Carts {
  constructor(
    private readonly lines: CartLines,
    private readonly inventory: InventoryClient,
  ) {}

  /** @param customer null for a stranger, whose cart is empty */
  async read(customer: string | null): Promise<{ cart: Cart; items: readonly CartItem[] }> {
    const items = customer === null ? [] : await this.lines.read(customer)
    const products = await this.inventory.productsBySku(items.map((item) => item.sku))
    return { cart: { ...cartOf(items, products), gone: await this.#gone(items, products) }, items }
  }

  /**
   * What a cart with these items would be; nothing is stored.
   * @throws ProblemException `unknown-sku`, naming each line that has one
   */
  async preview(items: readonly CartItem[]): Promise<Cart> {
    const products = await this.inventory.productsBySku(items.map((item) => item.sku))
    const errors = items.flatMap((item, index) =>
      products.has(item.sku) ? [] : [{ field: `items.${index}.sku`, code: 'unknown-sku' }],
    )
    if (errors.length > 0) throw new ProblemException('unknown-sku', { errors })
    return { ...cartOf(items, products), gone: [] }
  }

  async #gone(items: readonly CartItem[], products: ReadonlyMap<string, Product>): Promise<GoneLine[]> {
    const gone = items.filter(({ sku }) => !products.has(sku))
    const names = await this.inventory.namesBySku(gone.map(({ sku }) => sku))
    // What is sold again by now is in the next answer.
    return gone.map(({ sku, quantity }) => ({ sku, quantity, name: names.get(sku) ?? { en: sku, 'zh-CN': sku } }))
  }

  /** @throws ProblemException `precondition-failed` where the cart holds something else than its owner last saw */
  replace(customer: string, items: readonly CartItem[], precondition?: Precondition): Promise<void> {
    return this.lines.replace(customer, items, precondition)
  }
}

function cartOf(items: readonly CartItem[], products: ReadonlyMap<string, Product>): Omit<Cart, 'gone'> {
  const lines = items.flatMap(({ sku, quantity }): CartLine[] => {
    const product = products.get(sku)
    return product ? [{ product, quantity, lineTotal: timesMoney(product.price, quantity) }] : []
  })
  const total = lines.reduce((sum, line) => addMoney(sum, line.lineTotal), zeroMoney(lines[0]?.lineTotal.currency))
  return { lines, total }
}
