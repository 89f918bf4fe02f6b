/** Tells the shop of what can be bought now, and staff of what falls to its reorder point: in the transaction that changes it. */
import type { EventData } from '@meshmart/contracts'
import { CLOCK, type Clock, Outbox, type Sql, type Transaction } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { type AvailableChange, stockEvents } from '../domain/stock-events.ts'
import { crossesReorderPoint } from '../domain/stock-level.ts'
import { Warnings } from '../warnings/warnings.ts'

@Injectable()
export class StockNews {
  constructor(
    private readonly outbox: Outbox,
    private readonly warnings: Warnings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Nothing is told of a change by nothing. */
  async tell(tx: Transaction, changes: readonly AvailableChange[]): Promise<void> {
    if (changes.every(({ before, after }) => before === after)) return
    tx.send(this.events(changes))
    await this.warn(tx, changes)
  }

  /** The first half of `tell`, as a part of the statement that makes the changes. */
  events(changes: readonly AvailableChange[]): Sql {
    return this.outbox.insertion(changes.flatMap(stockEvents))
  }

  /** Nothing was taken, and yet it is few now, because somebody has said so. */
  async low(tx: Transaction, { sku, available, reorderPoint }: EventData<'stock.low'>): Promise<void> {
    this.outbox.append(tx, { type: 'stock.low', subject: sku, data: { sku, available, reorderPoint } })
    await this.warnings.raise(tx, { kind: 'low', sku, available, soldOutAt: null }, this.clock.now())
  }

  /** The second half. */
  async warn(tx: Transaction, changes: readonly AvailableChange[]): Promise<void> {
    for (const { sku, before, after, reorderPoint } of changes) {
      if (!crossesReorderPoint(before, after, reorderPoint)) continue
      await this.warnings.raise(tx, { kind: 'low', sku, available: after, soldOutAt: null }, this.clock.now())
    }
  }
}
