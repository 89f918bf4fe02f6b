/** The durable pull consumer behind the inbox: all replicas of a service share it, so each event goes to one of them. */
import {
  AckPolicy,
  DeliverPolicy,
  jetstream,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
} from '@nats-io/jetstream'
import type { Figure } from '@meshmart/sidecar'
import { type NatsConnection, nanos } from '@nats-io/transport-node'
import type { Log } from '../log/log.ts'
import { buryFor } from './dead-letters.ts'
import { type Inbox, maxDeliveries, type Outcome } from './inbox.ts'
import { Worker, type WorkerSignal } from '../background/worker.ts'

const stream = 'EVENTS'
/**
 * A handler that is not through by then is thought dead, and the event goes to another replica. So long is late what a replica had fetched when it was killed, or
 * what was on its way to one that was leaving: half of the 30 s within which everything is to be in order again. Where the database is so
 * slow that two rounds of five handlers take longer, the one that is overtaken finds the event in the inbox.
 */
const ackWaitMs = 15_000
/** How old the figure of what waits may be. */
const lagEveryMs = 5_000
/** Few at a time: what one replica has fetched, another cannot take over before the wait is out. */
const prefetch = 10
/** One after the other would be as slow as the database is far. No handler may rely on an order: what fails comes again after what came later. */
const handledAtOnce = 5

export class InboxConsumer {
  readonly #worker: Worker
  readonly #lagWatch: Worker
  #lag = 0
  #handled = 0
  #givenUp = 0

  constructor(
    private readonly inbox: Inbox,
    private readonly nats: NatsConnection,
    private readonly service: string,
    log: Log,
  ) {
    this.#worker = new Worker('inbox', log, (signal) => this.#session(signal))
    this.#lagWatch = new Worker('inbox lag', log, (signal) => this.#watchLag(signal))
  }

  /** For `/stats/prometheus`, by metric name. */
  get figures(): Readonly<Record<string, Figure>> {
    return {
      meshmart_inbox_lag_events: {
        type: 'gauge',
        help: 'Events that the service has not handled yet, all replicas together.',
        read: () => this.#lag,
      },
      meshmart_inbox_handled_total: {
        type: 'counter',
        help: 'Events that this replica has handled, or known to be handled.',
        read: () => this.#handled,
      },
      meshmart_inbox_dead_letters_total: {
        type: 'counter',
        help: 'Events that this replica has given up.',
        read: () => this.#givenUp,
      },
    }
  }

  start(): void {
    this.#worker.start()
    this.#lagWatch.start()
  }

  /** Resolves once no handler runs any more. */
  async stop(): Promise<void> {
    await Promise.all([this.#worker.stop(), this.#lagWatch.stop()])
  }

  async #session(signal: WorkerSignal): Promise<void> {
    await this.#ensureConsumer()
    const consumer = await jetstream(this.nats).consumers.get(stream, this.service)
    const messages = await consumer.consume({ max_messages: prefetch, abort_on_missing_resource: true })
    signal.onStop(() => messages.stop())
    if (signal.stopped) messages.stop()
    const bury = buryFor(this.service, this.nats)
    const underWay = new Set<Promise<void>>()
    let broken: unknown
    for await (const message of messages) {
      // What was fetched and not begun goes back at once to whoever still runs.
      if (signal.stopped) {
        message.nak()
        continue
      }
      const handling = this.inbox
        .receive(message, bury)
        .then((outcome) => this.#count(outcome))
        .catch((error: unknown) => {
          broken ??= error
          messages.stop()
        })
        .finally(() => underWay.delete(handling))
      underWay.add(handling)
      if (underWay.size === handledAtOnce) await Promise.race(underWay)
    }
    await Promise.all(underWay)
    if (broken !== undefined) throw broken
  }

  #count(outcome: Outcome): void {
    if (outcome === 'given-up') this.#givenUp++
    else if (outcome !== 'retried') this.#handled++
  }

  async #watchLag(signal: WorkerSignal): Promise<void> {
    const { consumers } = await jetstreamManager(this.nats, { checkAPI: false })
    while (!signal.stopped) {
      // The session makes the consumer; until then there is none to ask for.
      await signal.sleep(lagEveryMs)
      if (signal.stopped) return
      const { num_pending: pending, num_ack_pending: underWay } = await consumers.info(stream, this.service)
      this.#lag = pending + underWay
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
