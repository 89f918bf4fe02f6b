/**
 * Which products have changed, in stock, in price or in being sold at all, while somebody wants to know. It listens to the events as they pass and keeps no place in the stream: every replica hears all of
 * them, nothing is acknowledged, and nothing is done for it where nobody looks. What was missed while the connection was away is said to have been missed.
 */
import { EventEnvelope } from '@meshmart/contracts'
import type { Mesh } from '@meshmart/service-kit'

type Nats = Mesh['nats']
type Subscription = ReturnType<Nats['subscribe']>

export interface Listener {
  /** @param sku of a product that has changed */
  changed(sku: string): void
  /** Anything may have changed. */
  missed(): void
}

const SUBJECTS = ['events.stock.changed', 'events.product.changed'] as const

export class StockNews {
  #subscriptions: readonly Subscription[] = []
  #isWatchingConnection = false

  constructor(
    private readonly nats: () => Nats,
    private readonly listener: Listener,
  ) {}

  start(): void {
    if (this.#subscriptions.length > 0) return
    this.#subscriptions = SUBJECTS.map((subject) =>
      this.nats().subscribe(subject, {
        callback: (error, message) => {
          if (error) return this.listener.missed()
          const event = EventEnvelope.safeParse(jsonOf(message.data))
          // What cannot be read is for the inboxes to bury; here it only means that something was not understood.
          if (event.success) this.listener.changed(event.data.subject)
          else this.listener.missed()
        },
      }),
    )
    if (!this.#isWatchingConnection) void this.#watchConnection()
  }

  stop(): void {
    for (const each of this.#subscriptions) each.unsubscribe()
    this.#subscriptions = []
  }

  /** Ends with the connection. */
  async #watchConnection(): Promise<void> {
    this.#isWatchingConnection = true
    for await (const { type } of this.nats().status())
      if (type === 'reconnect' && this.#subscriptions.length > 0) this.listener.missed()
  }
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined // fits no schema
  }
}
