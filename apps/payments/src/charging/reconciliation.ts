/** Clears what requests left open: the acquirer did not answer in time, or the replica died. And asks about holds that have run out. Every replica runs it. */
import { Log, SETTINGS, Worker, type WorkerSignal, withTrace } from '@meshmart/service-kit'
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import { type Claim, PaymentOperations } from '../persistence/payment-operations.ts'
import type { PaymentsSettings } from '../settings.ts'
import { Settlement } from './settlement.ts'

const everyMs = 500
const batch = 20

@Injectable()
export class Reconciliation implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #worker: Worker
  readonly #name: string

  constructor(
    @Inject(SETTINGS) { MESH_INSTANCE }: Pick<PaymentsSettings, 'MESH_INSTANCE'>,
    private readonly operations: PaymentOperations,
    private readonly settlement: Settlement,
    private readonly log: Log,
  ) {
    this.#name = MESH_INSTANCE
    this.#worker = new Worker('reconciliation', log, (signal) => this.#session(signal))
  }

  onApplicationBootstrap(): void {
    this.#worker.start()
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#worker.stop()
  }

  /** Looks now: something has been written that is due. */
  wake(): void {
    this.#worker.wake()
  }

  async #session(signal: WorkerSignal): Promise<void> {
    while (!signal.stopped) {
      await this.operations.inquireExpired(batch)
      const due = await this.operations.claimDue(this.#name, batch)
      await Promise.all(due.map((claim) => this.#reconcile(claim)))
      if (due.length < batch) await signal.sleep(everyMs)
    }
  }

  /** One that fails must not hold the others up: it is due again when its lease ends. */
  async #reconcile(claim: Claim): Promise<void> {
    try {
      await withTrace(claim.traceparent, 'reconcile payment', () => this.settlement.drive(claim, null, 0))
    } catch (error) {
      const { id: operation, kind, paymentId } = claim
      this.log.error('an operation could not be settled; it is taken up again', { operation, kind, paymentId, error })
    }
  }
}
