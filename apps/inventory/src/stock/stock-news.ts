/** Tells the shop of what can be bought now, and staff of what falls to its reorder point: in the transaction that changes it. */
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

  /** The second half. */
  async warn(tx: Transaction, changes: readonly AvailableChange[]): Promise<void> {
    for (const { sku, before, after, reorderPoint } of changes) {
      if (!crossesReorderPoint(before, after, reorderPoint)) continue
      await this.warnings.raise(tx, { kind: 'low', sku, available: after, soldOutAt: null }, this.clock.now())
    }
  }
}
