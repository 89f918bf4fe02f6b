/** Following an order as it moves, whichever replica moves it. */
import { isSettledOrder } from '@meshmart/contracts'
import { Injectable } from '@nestjs/common'
import { OrderStore } from '../persistence/order-store.ts'
import type { StoredOrder } from '../persistence/order-view.ts'
import { Notifications } from './notifications.ts'

@Injectable()
export class OrderWatch {
  constructor(
    private readonly orders: OrderStore,
    private readonly notifications: Notifications,
  ) {}

  /**
   * The order as it is now, then again after each change; ends when the order is settled, or when `signal` aborts. Changes that come faster than they
   * can be read are seen as one, whose history has them all. Yields nothing where the customer has no such order.
   */
  async *follow(customerId: string, orderId: string, signal: AbortSignal): AsyncGenerator<StoredOrder, void, void> {
    let changed = true
    let wake = (): void => undefined
    const unsubscribe = this.notifications.onOrderChanged(orderId, () => {
      changed = true
      wake()
    })
    const onAbort = (): void => wake()
    signal.addEventListener('abort', onAbort)
    try {
      let seen = 0
      while (!signal.aborted) {
        if (!changed) await new Promise<void>((resolve) => (wake = resolve))
        if (!changed) continue
        changed = false
        const stored = await this.orders.find(customerId, orderId)
        if (stored === null) return
        if (stored.order.history.length === seen) continue
        seen = stored.order.history.length
        yield stored
        if (isSettledOrder(stored.order)) return
      }
    } finally {
      signal.removeEventListener('abort', onAbort)
      unsubscribe()
    }
  }

  /** The order once it is settled, or as it was last seen when `waitMs` have passed. Null where the customer has no such order. */
  async untilSettled(customerId: string, orderId: string, waitMs: number): Promise<StoredOrder | null> {
    const timeout = new AbortController()
    const timer = setTimeout(() => timeout.abort(), waitMs)
    let last: StoredOrder | null = null
    try {
      for await (const stored of this.follow(customerId, orderId, timeout.signal)) last = stored
    } finally {
      clearTimeout(timer)
    }
    return last
  }
}
