/** Tells the shop of what can be bought now, and staff of what falls to its reorder point: in the transaction that changes it. */
import { CLOCK, type Clock, Outbox, type Transaction } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { type AvailableChange, stockEvents } from '../domain/stock-events.ts'
import { Warnings } from '../warnings/warnings.ts'

@Injectable()
export class StockNews {
  constructor(
    private readonly outbox: Outbox,
    private readonly warnings: Warnings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async tell(tx: Transaction, change: AvailableChange): Promise<void> {
    for (const event of stockEvents(change)) {
      this.outbox.append(tx, event)
      if (event.type !== 'stock.low') continue
      await this.warnings.raise(
        tx,
        { kind: 'low', sku: change.sku, available: change.after, soldOutAt: null },
        this.clock.now(),
      )
    }
  }

  /** @param changes by SKU, what was added to what can be bought; nothing is told of a change by nothing */
  async tellAll(
    tx: Transaction,
    stock: ReadonlyMap<string, { readonly available: number; readonly reorderPoint: number }>,
    changes: ReadonlyMap<string, number>,
    cause: AvailableChange['cause'],
  ): Promise<void> {
    for (const [sku, change] of changes) {
      const { available: before, reorderPoint } = stock.get(sku)!
      await this.tell(tx, { sku, before, after: before + change, reorderPoint, cause })
    }
  }
}
