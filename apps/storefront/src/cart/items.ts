/** What the cart holds after a change, as the API takes it. Pure: the server keeps the cart, this only says the next one. */
import { Quantity, type Cart, type CartItem } from '@meshmart/contracts'

export const MOST_OF_ONE = Quantity.maxValue ?? 99

export const itemsOf = (cart: Cart | null): CartItem[] =>
  cart?.lines.map(({ product, quantity }) => ({ sku: product.sku, quantity })) ?? []

export const countOf = (cart: Cart | null): number => itemsOf(cart).reduce((sum, { quantity }) => sum + quantity, 0)

export const quantityOf = (cart: Cart | null, sku: string): number =>
  itemsOf(cart).find((item) => item.sku === sku)?.quantity ?? 0

/** Sets one product's quantity: 0 takes it out, more than the limit becomes the limit. The order of the others stays. */
export function withQuantity(items: readonly CartItem[], sku: string, quantity: number): CartItem[] {
  const next = Math.min(quantity, MOST_OF_ONE)
  if (next <= 0) return items.filter((item) => item.sku !== sku)
  if (items.some((item) => item.sku === sku)) {
    return items.map((item) => (item.sku === sku ? { sku, quantity: next } : item))
  }
  return [...items, { sku, quantity: next }]
}
