/** What the rest of the shop hears of a change of stock. It speaks of what can be sold; a confirm changes what is on hand, but nothing for a buyer. */
import type { EventData } from '@meshmart/contracts'
import { crossesReorderPoint } from './stock-level.ts'

/** Why the available quantity changed. */
export type StockCause =
  | 'opening'
  | 'reserved'
  | 'confirmed-late'
  | 'released'
  | 'expired'
  | 'returned'
  | 'transfer-shipped'
  | 'transfer-received'
  | 'channel'
  | 'restocked'
  | 'counted'

export interface AvailableChange {
  readonly sku: string
  readonly before: number
  readonly after: number
  readonly reorderPoint: number
  readonly cause: StockCause
}

/**
 * @param stock what could be bought before
 * @param added by SKU, what was added to it
 */
export const changesOf = (
  stock: ReadonlyMap<string, { readonly available: number; readonly reorderPoint: number }>,
  added: ReadonlyMap<string, number>,
  cause: StockCause,
): AvailableChange[] =>
  [...added].map(([sku, pieces]) => {
    const { available: before, reorderPoint } = stock.get(sku)!
    return { sku, before, after: before + pieces, reorderPoint, cause }
  })

export type StockEvent =
  | { readonly type: 'stock.changed'; readonly subject: string; readonly data: EventData<'stock.changed'> }
  | { readonly type: 'stock.low'; readonly subject: string; readonly data: EventData<'stock.low'> }

/** `stock.changed` where the quantity differs, and `stock.low` once for each time that it falls through the reorder point. */
export function stockEvents({ sku, before, after, reorderPoint, cause }: AvailableChange): StockEvent[] {
  if (before === after) return []
  const events: StockEvent[] = [
    { type: 'stock.changed', subject: sku, data: { sku, available: after, change: after - before, cause } },
  ]
  if (crossesReorderPoint(before, after, reorderPoint)) {
    events.push({ type: 'stock.low', subject: sku, data: { sku, available: after, reorderPoint } })
  }
  return events
}
