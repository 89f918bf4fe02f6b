/** The customer's change of mind. It only says so; undoing is the saga's work, by whichever replica drives it. */
import { currentRequest, ProblemException } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { OrderWatch } from '../events/order-watch.ts'
import { CancellationStore } from '../persistence/cancellation-store.ts'
import type { StoredOrder } from '../persistence/order-view.ts'
import { decisionWaitMs } from './decision-wait.ts'
import { CheckoutWorker } from './worker.ts'

@Injectable()
export class CancelOrder {
  constructor(
    private readonly cancellations: CancellationStore,
    private readonly watch: OrderWatch,
    private readonly worker: CheckoutWorker,
  ) {}

  /**
   * The order, cancelled, or still being cancelled after five seconds, or at once where many are before it. Throws ProblemException `not-found` (also for another customer's order) or
   * `wrong-state` for an order that was rejected.
   * @param staff who of the staff asks in the customer's place
   */
  async cancel(customerId: string, orderId: string, staff: string | null = null): Promise<StoredOrder> {
    const requested = await this.cancellations.request(customerId, orderId, staff)
    if (requested === 'not-found' || requested === 'wrong-state') throw new ProblemException(requested)
    this.worker.wake()
    const waitMs = this.worker.isBehind ? 0 : decisionWaitMs(currentRequest()?.deadline ?? null, Date.now())
    const stored = await this.watch.untilSettled(customerId, orderId, waitMs)
    if (stored === null) throw new Error(`order ${orderId} is being cancelled but cannot be found`)
    return stored
  }
}
