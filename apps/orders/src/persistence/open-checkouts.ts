/** What is on its way and what does not come on, looked at every few seconds, for `/stats/prometheus`. */
import { Database, Log, type Mesh, MESH, Worker } from '@meshmart/service-kit'
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'

const everyMs = 5_000

export interface OpenNow {
  readonly open: number
  /** Seconds. */
  readonly oldest: number
  readonly stuck: number
}

@Injectable()
export class OpenCheckouts implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #worker: Worker
  #now: OpenNow = { open: 0, oldest: 0, stuck: 0 }

  constructor(
    private readonly database: Database,
    @Inject(MESH) mesh: Pick<Mesh, 'addFigure'>,
    log: Log,
  ) {
    const gauge = (name: string, help: string, read: () => number): void =>
      mesh.addFigure(name, { type: 'gauge', help: `${help}, all replicas together.`, read })
    gauge('meshmart_checkouts_open', 'Orders that have something left to be done', () => this.#now.open)
    gauge('meshmart_checkouts_oldest_due_seconds', 'How long a checkout has been due', () => this.#now.oldest)
    gauge('meshmart_refunds_stuck', 'Orders whose money the acquirer does not give back', () => this.#now.stuck)
    this.#worker = new Worker('open checkouts', log, async (signal) => {
      while (!signal.stopped) {
        this.#now = await this.look()
        await signal.sleep(everyMs)
      }
    })
  }

  onApplicationBootstrap(): void {
    this.#worker.start()
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#worker.stop()
  }

  /** Few are open, and the index `checkout_due` has no others. */
  async look(): Promise<OpenNow> {
    const [now] = await this.database.query<OpenNow>`
      SELECT count(*)::int AS open,
             greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(due_at)), 0))::float8 AS oldest,
             count(*) FILTER (WHERE due_at > clock_timestamp() + interval '1 minute' AND EXISTS (
               SELECT FROM checkout_attempt a WHERE a.order_id = checkout.order_id AND a.outcome = 'stuck'))::int AS stuck
      FROM checkout WHERE finished_at IS NULL`
    return now!
  }
}
