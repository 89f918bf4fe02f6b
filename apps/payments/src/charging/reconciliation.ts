/** Clears what a request left pending: the acquirer did not answer in time, or the replica died. Every replica runs it; rows are claimed one by one. */
import { Log, Worker, type WorkerSignal, withTrace } from '@meshmart/service-kit'
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import { PaymentIntents } from '../persistence/payment-intents.ts'
import { Settlement } from './settlement.ts'

const everyMs = 500
const batch = 20
/** Longer than one settlement takes, so that a claim is never shared. */
const nextCheckInMs = 5_000

@Injectable()
export class Reconciliation implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #worker: Worker

  constructor(
    private readonly intents: PaymentIntents,
    private readonly settlement: Settlement,
    log: Log,
  ) {
    this.#worker = new Worker('reconciliation', log, (signal) => this.#session(signal))
  }

  onApplicationBootstrap(): void {
    this.#worker.start()
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#worker.stop()
  }

  async #session(signal: WorkerSignal): Promise<void> {
    while (!signal.stopped) {
      const due = await this.intents.claimDue(batch, nextCheckInMs)
      await Promise.all(due.map((id) => this.#reconcile(id)))
      if (due.length < batch) await signal.sleep(everyMs)
    }
  }

  async #reconcile(id: string): Promise<void> {
    const intent = await this.intents.find(id)
    if (!intent) return
    await withTrace(intent.traceparent, 'reconcile payment', () => this.settlement.settle(intent, 0))
  }
}
