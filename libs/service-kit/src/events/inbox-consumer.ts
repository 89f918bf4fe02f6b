/** The durable pull consumer behind the inbox: all replicas of a service share it, so each event goes to one of them. */
import {
  AckPolicy,
  DeliverPolicy,
  jetstream,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
} from '@nats-io/jetstream'
import { type NatsConnection, nanos } from '@nats-io/transport-node'
import type { Log } from '../log/log.ts'
import { type Inbox, maxDeliveries } from './inbox.ts'
import { Worker, type WorkerSignal } from '../background/worker.ts'

const stream = 'EVENTS'
/** A handler that is not through by then is thought dead, and the event goes to another replica. */
const ackWaitMs = 30_000
/** Few at a time: what one replica has fetched, another cannot take over before the wait is out. */
const prefetch = 10

export class InboxConsumer {
  readonly #worker: Worker

  constructor(
    private readonly inbox: Inbox,
    private readonly nats: NatsConnection,
    private readonly service: string,
    log: Log,
  ) {
    this.#worker = new Worker('inbox', log, (signal) => this.#session(signal))
  }

  start(): void {
    this.#worker.start()
  }

  /** Resolves once no handler runs any more. */
  stop(): Promise<void> {
    return this.#worker.stop()
  }

  async #session(signal: WorkerSignal): Promise<void> {
    await this.#ensureConsumer()
    const consumer = await jetstream(this.nats).consumers.get(stream, this.service)
    const messages = await consumer.consume({ max_messages: prefetch, abort_on_missing_resource: true })
    signal.onStop(() => messages.stop())
    if (signal.stopped) messages.stop()
    for await (const message of messages) {
      // What was fetched and not begun goes back at once to whoever still runs.
      if (signal.stopped) message.nak()
      else await this.inbox.receive(message)
    }
  }

  /** Makes the consumer, or brings one of an older version up to this one's limits. */
  async #ensureConsumer(): Promise<void> {
    const { consumers } = await jetstreamManager(this.nats, { checkAPI: false })
    const limits = {
      ack_wait: nanos(ackWaitMs),
      // The inbox gives up by itself and says so; the server's limit stands behind it for replicas that die while handling.
      max_deliver: maxDeliveries * 2,
    }
    try {
      await consumers.update(stream, this.service, limits)
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.code !== JetStreamApiCodes.ConsumerNotFound) throw error
      await consumers.add(stream, {
        ...limits,
        durable_name: this.service,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
        // All types: a filter that grows with a new version would skip what came before it.
        filter_subject: 'events.>',
      })
    }
  }
}
