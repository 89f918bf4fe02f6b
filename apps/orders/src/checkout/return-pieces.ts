/** The customer gives some pieces back. It only says so; refunding and restocking is the saga's work, by whichever replica drives it. */
import { currentRequest } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { OrderWatch } from '../events/order-watch.ts'
import type { StoredOrder } from '../persistence/order-view.ts'
import { ReturnStore, type NewReturn } from '../persistence/return-store.ts'
import { decisionWaitMs } from './decision-wait.ts'
import { CheckoutWorker } from './worker.ts'

@Injectable()
export class ReturnPieces {
  constructor(
    private readonly returns: ReturnStore,
    private readonly watch: OrderWatch,
    private readonly worker: CheckoutWorker,
  ) {}

  /** The order with this return, made, or still being made after five seconds, or at once where many are before it. Throws the ProblemExceptions of `ReturnStore.request`. */
  async return(asked: NewReturn): Promise<{ stored: StoredOrder; returnId: string }> {
    const returnId = await this.returns.request(asked)
    this.worker.wake()
    const { customerId, orderId } = asked
    const waitMs = this.worker.isBehind ? 0 : decisionWaitMs(currentRequest()?.deadline ?? null, Date.now())
    const stored = await this.watch.untilSettled(customerId, orderId, waitMs)
    if (stored === null) throw new Error(`order ${orderId} has a return but cannot be found`)
    return { stored, returnId }
  }
}
