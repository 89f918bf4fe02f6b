/**
 * What PostgreSQL tells this replica, over one connection of its own: that an order changed (`order_changed`, sent by a trigger), or that a
 * checkout needs a worker (`checkout_due`). A notice can be missed while the connection is down, so everyone is told to look again after it.
 */
import { Log, SETTINGS } from '@meshmart/service-kit'
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'
import pg from 'pg'
import type { OrdersSettings } from '../settings.ts'

const firstPauseMs = 100
const longestPauseMs = 2_000

@Injectable()
export class Notifications implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #watchers = new Map<string, Set<() => void>>()
  readonly #workers = new Set<() => void>()
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined

  constructor(
    @Inject(SETTINGS) private readonly settings: Pick<OrdersSettings, 'DATABASE_URL'>,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.#running ??= this.#run()
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  /** Calls `changed` after each transition of the order, and when some may have been missed. Answers how to end it. */
  onOrderChanged(orderId: string, changed: () => void): () => void {
    const watchers = this.#watchers.get(orderId) ?? new Set()
    this.#watchers.set(orderId, watchers.add(changed))
    return () => {
      watchers.delete(changed)
      if (watchers.size === 0 && this.#watchers.get(orderId) === watchers) this.#watchers.delete(orderId)
    }
  }

  /** Calls `due` whenever a checkout may have fallen due. Answers how to end it. */
  onCheckoutDue(due: () => void): () => void {
    this.#workers.add(due)
    return () => void this.#workers.delete(due)
  }

  async #run(): Promise<void> {
    let pauseMs = firstPauseMs
    while (!this.#stop.signal.aborted) {
      try {
        await this.#listen(() => (pauseMs = firstPauseMs))
      } catch (error) {
        this.log.warn('the connection that listens for changes broke; it is made again', { error, inMs: pauseMs })
        await this.#pause(pauseMs)
        pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      }
    }
  }

  /** Returns when told to stop; throws when the connection breaks. */
  async #listen(connected: () => void): Promise<void> {
    const client = new pg.Client({ connectionString: this.settings.DATABASE_URL, keepAlive: true })
    const { promise: over, resolve: end, reject: fail } = Promise.withResolvers<void>()
    client.on('error', fail)
    client.on('end', () => fail(new Error('the server closed the connection')))
    client.on('notification', ({ channel, payload }) => this.#hear(channel, payload))
    this.#stop.signal.addEventListener('abort', () => end(), { once: true })
    try {
      await Promise.race([client.connect(), over])
      if (this.#stop.signal.aborted) return
      await client.query('LISTEN order_changed; LISTEN checkout_due')
      connected()
      for (const orderId of this.#watchers.keys()) this.#hear('order_changed', orderId)
      this.#hear('checkout_due')
      await over
    } finally {
      await client.end().catch((error: unknown) => this.log.debug('the listening connection had ended', { error }))
    }
  }

  #hear(channel: string, payload?: string): void {
    const hearers = channel === 'checkout_due' ? this.#workers : this.#watchers.get(payload ?? '')
    for (const hear of hearers ?? []) hear()
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#stop.signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
    })
  }
}
