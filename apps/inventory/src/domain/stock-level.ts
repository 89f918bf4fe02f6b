/** What a quantity means: for the customer who looks at a product, and for whoever has to order more of it. */
import type { StockLevel } from '@meshmart/contracts'

/** `few-left` from the reorder point downwards. */
export function stockLevel(available: number, reorderPoint: number): StockLevel {
  if (available <= 0) return 'sold-out'
  return available <= reorderPoint ? 'few-left' : 'in-stock'
}

/** True for the one change that takes the stock from above the reorder point to it or below. */
export const crossesReorderPoint = (before: number, after: number, reorderPoint: number): boolean =>
  before > reorderPoint && after <= reorderPoint
