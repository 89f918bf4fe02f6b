/**
 * What distribution does over time: it publishes when leases or the configuration change, answers sidecars, and begins again when NATS was
 * away, because the bucket of leases does not survive a restart of NATS.
 */
import type { Endpoint } from '@meshmart/mesh-policy'
import type { NatsConnection } from '@nats-io/transport-node'
import type { Logger } from 'pino'
import type { Configuration } from '../config/configuration.ts'
import type { LeaseKey } from '../registry/lease.ts'
import { watchLeases } from '../registry/lease-watch.ts'
import { LEASE_TTL_SECONDS, OwnLease } from '../registry/own-lease.ts'
import type { Registry } from '../registry/registry.ts'
import type { Acknowledgements, ProxyStatus } from './acknowledgements.ts'
import { Fold } from './fold.ts'
import { answerDiscovery, collectAcknowledgements } from './messages.ts'
import { Publisher } from './publisher.ts'
import { SnapshotStore } from './snapshot-store.ts'
import { openStorage, type Storage } from './storage.ts'

export interface DistributionOptions {
  readonly nc: NatsConnection
  readonly registry: Registry
  readonly configuration: Configuration
  readonly acknowledgements: Acknowledgements
  readonly trustDomain: string
  readonly log: Logger
}

/** Long enough for every living replica to renew its lease. */
const HOLD_MS = LEASE_TTL_SECONDS * 1_000 + 1_000
const RETRY_MS = 1_000

export class Distribution {
  readonly #options: DistributionOptions
  readonly #fold: Fold
  readonly #timers = new Set<NodeJS.Timeout>()
  #storage!: Storage
  #store!: SnapshotStore
  #publisher!: Publisher
  #stopLeases: () => void = () => undefined
  #stopMessages: (() => void)[] = []
  #ownLease: OwnLease | undefined
  /** Services as they were when everything was published last. */
  #published = ''
  #configurationChanged = true
  #problem: string | null = 'nothing was published yet'
  #stopped = false

  private constructor(options: DistributionOptions) {
    this.#options = options
    this.#fold = new Fold(() => this.#publish())
  }

  static async start(options: DistributionOptions): Promise<Distribution> {
    const distribution = new Distribution(options)
    await distribution.#open()
    distribution.#listen()
    void distribution.#followConnection()
    return distribution
  }

  /** Null when ready, else the reason why not. */
  notReady(): string | null {
    return this.#problem
  }

  proxies(): ProxyStatus[] {
    return this.#options.acknowledgements.list((key) => this.#store.revision(key))
  }

  configurationChanged(): void {
    this.#configurationChanged = true
    this.#fold.touch()
  }

  /** Makes the control plane a service of the mesh. */
  async register(key: LeaseKey, endpoint: Omit<Endpoint, 'identity'>): Promise<void> {
    this.#ownLease = new OwnLease(this.#storage.js, key, endpoint, this.#options.log)
    await this.#ownLease.open()
  }

  async leave(): Promise<void> {
    await this.#ownLease?.close().catch((error: unknown) => {
      this.#options.log.warn({ err: error }, 'own lease could not be deleted; it will expire')
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const stop of this.#stopMessages) stop()
    for (const timer of this.#timers) clearTimeout(timer)
    this.#stopLeases()
    await this.#fold.stop()
    await this.#options.nc.close()
  }

  async #open(): Promise<void> {
    const { nc, registry, configuration } = this.#options
    this.#storage = await openStorage(nc)
    this.#store = await SnapshotStore.open(this.#storage.mesh)
    this.#publisher = new Publisher({
      store: this.#store,
      registry,
      mesh: () => configuration.compiledFor(registry.services),
    })
    registry.startOver(this.#publisher.published(), Date.now() + HOLD_MS)
    await this.#watchLeases()
    this.#later(HOLD_MS, () => this.#fold.touch())
    this.configurationChanged()
  }

  async #watchLeases(): Promise<void> {
    const { registry, acknowledgements, trustDomain, log } = this.#options
    this.#stopLeases = await watchLeases({
      bucket: this.#storage.leases,
      registry,
      trustDomain,
      log,
      changed: () => this.#fold.touch(),
      ended: (key) => {
        acknowledgements.forget(key)
        this.#fold.touch()
      },
    })
  }

  #listen(): void {
    const { nc, log, acknowledgements } = this.#options
    const discover = (namespace: string, host: string, now: number) => this.#publisher.discover(namespace, host, now)
    this.#stopMessages = [answerDiscovery(nc, discover, log), collectAcknowledgements(nc, acknowledgements, log)]
  }

  /** A failed write leaves the rest for the next attempt; the store remembers what was written. */
  async #publish(): Promise<void> {
    // A port, a protocol or a label is part of what routes and policies are compiled from; another replica alone is not.
    const services = JSON.stringify(this.#options.registry.services)
    const all = this.#configurationChanged || services !== this.#published
    this.#configurationChanged = false
    try {
      await (all ? this.#publisher.publishAll(Date.now()) : this.#publisher.publishEndpoints(Date.now()))
      this.#published = services
      this.#problem = null
    } catch (error) {
      this.#configurationChanged ||= all
      this.#problem = `snapshots could not be written: ${(error as Error).message}`
      this.#options.log.warn({ err: error }, 'snapshots could not be written; trying again')
      this.#later(RETRY_MS, () => this.#fold.touch())
    }
  }

  async #followConnection(): Promise<void> {
    for await (const { type } of this.#options.nc.status()) {
      if (type === 'disconnect') this.#problem = 'NATS is not connected'
      if (type === 'reconnect') await this.#resume()
    }
    if (!this.#stopped) this.#problem = 'the connection to NATS is closed'
  }

  /** NATS is back, perhaps with an empty memory: what was known is held until every living replica has renewed its lease. */
  async #resume(): Promise<void> {
    if (this.#stopped) return
    this.#options.log.info('NATS is back')
    this.#stopLeases()
    try {
      await this.#open()
    } catch (error) {
      this.#options.log.warn({ err: error }, 'storage could not be opened; trying again')
      this.#later(RETRY_MS, () => void this.#resume())
    }
  }

  #later(delayMs: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      work()
    }, delayMs)
    this.#timers.add(timer)
  }
}
