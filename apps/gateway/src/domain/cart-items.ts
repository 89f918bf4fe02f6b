/** What may happen to the content of a cart, apart from storing it. The limits are the public ones of `CartUpdate`. */
import type { CartItem } from '@meshmart/contracts'

const MAX_QUANTITY = 99
const MAX_LINES = 50

/**
 * The cart of an account after a guest signs in: nothing that either had is lost, up to the limits of a cart. The account's own lines come
 * first, so that where the limit cuts, it cuts what was added last.
 */
export function mergeCarts(account: readonly CartItem[], guest: readonly CartItem[]): CartItem[] {
  const quantities = new Map<string, number>()
  for (const { sku, quantity } of [...account, ...guest])
    quantities.set(sku, Math.min(MAX_QUANTITY, (quantities.get(sku) ?? 0) + quantity))
  return [...quantities].slice(0, MAX_LINES).map(([sku, quantity]) => ({ sku, quantity }))
}
