/** Tells the shop of what can be bought now, for whoever moves stock other than by a reservation. */
import type { Outbox } from '@meshmart/service-kit'
import { type StockCause, stockEvents } from '../domain/stock-events.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import type { LockedStock } from '../persistence/stock-rows.ts'

/** @param changes by SKU, what was added to what can be bought; nothing is told of a change by nothing */
export async function announceChanges(
  tx: Prisma.TransactionClient,
  outbox: Outbox,
  stock: ReadonlyMap<string, LockedStock>,
  changes: ReadonlyMap<string, number>,
  cause: StockCause,
): Promise<void> {
  for (const [sku, change] of changes) {
    const { available: before, reorderPoint } = stock.get(sku)!
    const events = stockEvents({ sku, before, after: before + change, reorderPoint, cause })
    for (const event of events) await outbox.append(tx, event)
  }
}
