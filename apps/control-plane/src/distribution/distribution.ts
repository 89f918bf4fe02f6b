/**
 * What distribution does over time: the replica that leads publishes when leases, denials or the configuration change; each one answers sidecars, and begins
 * again when NATS was away, because the buckets of leases do not survive a restart of NATS.
 */
import type { ProxyStatus } from '@meshmart/contracts'
import type { Endpoint, TrustSnapshot } from '@meshmart/mesh-policy'
import type { NatsConnection } from '@nats-io/transport-node'
import type { Logger } from 'pino'
import type { AppliedState } from '../config/applied.ts'
import type { Configuration } from '../config/configuration.ts'
import { RevisionLog } from '../config/revision-log.ts'
import type { LeaseKey } from '../registry/lease.ts'
import { watchLeases } from '../registry/lease-watch.ts'
import { LEASE_TTL_SECONDS, OwnLease } from '../registry/own-lease.ts'
import type { RegisteredService, Registry } from '../registry/registry.ts'
import { Acknowledgements } from './acknowledgements.ts'
import { Election } from './election.ts'
import { Fold } from './fold.ts'
import { answerDiscovery, collectAcknowledgements } from './messages.ts'
import { Publisher, type Discovery } from './publisher.ts'
import { PUBLISHED, Rollouts } from './rollout.ts'
import { NotLeading, Overtaken, SnapshotStore } from './snapshot-store.ts'
import { openStorage, type Storage } from './storage.ts'

export interface DistributionOptions {
  readonly nc: NatsConnection
  /** Its own name as a service, `control-plane`: it has no sidecar. */
  readonly service: string
  /** Replica name, `control-plane-1`. */
  readonly instance: string
  readonly registry: Registry
  readonly configuration: Configuration
  readonly trust: () => TrustSnapshot
  /** Follows what stands in NATS beside what distribution needs itself: called at each opening; the answer stops it. */
  readonly alsoOpen: (storage: Storage) => Promise<() => void>
  readonly trustDomain: string
  /** This replica leads from now on. */
  readonly leading: () => void
  readonly log: Logger
}

/** Long enough for every living replica to renew its lease. */
const HOLD_MS = LEASE_TTL_SECONDS * 1_000 + 1_000
const RETRY_MS = 1_000
/** A replica that follows lets the leading one go first for so long. */
const LEADER_FIRST_MS = 300

export class Distribution {
  readonly rollouts: Rollouts
  readonly #options: DistributionOptions
  readonly #acknowledgements = new Acknowledgements()
  readonly #fold: Fold
  readonly #timers = new Set<NodeJS.Timeout>()
  #storage!: Storage
  #store!: SnapshotStore
  #revisions!: RevisionLog
  #publisher!: Publisher
  #election: Election | undefined
  #opened: (() => void)[] = []
  #stopMessages: (() => void)[] = []
  #ownLease: OwnLease | undefined
  /** Services as they were when everything was published last. */
  #published: readonly RegisteredService[] = []
  #everythingChanged = true
  #connectionProblem: string | null = null
  #publishProblem: string | null = 'nothing was published yet'
  #stopped = false

  private constructor(options: DistributionOptions) {
    this.#options = options
    this.#fold = new Fold(() => this.#publish())
    this.rollouts = new Rollouts({ store: () => this.#store, acknowledgements: this.#acknowledgements })
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
    if (this.#connectionProblem !== null) return this.#connectionProblem
    if (this.leads) return this.#publishProblem
    return this.#store.revision(PUBLISHED) === undefined ? 'nothing was published yet' : null
  }

  get leads(): boolean {
    return this.#election?.leads ?? false
  }

  /** Replica name of whoever leads; null while nobody does. */
  get leader(): string | null {
    return this.#election?.leader ?? null
  }

  get revisions(): RevisionLog {
    return this.#revisions
  }

  proxies(): ProxyStatus[] {
    const sidecars = this.#options.registry.replicas.filter(({ service }) => service !== this.#options.service)
    return this.#acknowledgements.list(sidecars, (key) => this.#store.revision(key))
  }

  /** What stands in the bucket under a key. */
  snapshot(key: string): object | undefined {
    return this.#store.read<object>(key)
  }

  /** Configuration, keys or denials are not what they were: each such change is one piece, and its author waits. */
  changed(): void {
    this.#everythingChanged = true
    this.#fold.hurry()
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
    await this.#fold.stop()
    // Only now: the other one begins where this one has ended.
    await this.#election?.stop()
    this.#closeAll()
    await this.#options.nc.close()
  }

  async #open(): Promise<void> {
    const { nc, registry, configuration, instance, trust, alsoOpen, leading, log } = this.#options
    this.#storage = await openStorage(nc)
    this.#opened.push(await alsoOpen(this.#storage))
    await this.#openRevisions()
    this.#store = await SnapshotStore.open(this.#storage.mesh, {
      js: this.#storage.js,
      changed: (key, isForeign) => this.#written(key, isForeign),
      mayWrite: () => this.leads,
    })
    this.#opened.push(() => this.#store.stop())
    this.#publisher = new Publisher({
      store: this.#store,
      registry,
      mesh: () => configuration.compiledFor(registry.services),
      version: () => configuration.version,
      trust,
    })
    registry.startOver(this.#publisher.published(), Date.now() + HOLD_MS)
    await this.#watchLeases()
    this.#later(HOLD_MS, () => this.#fold.touch())
    this.#election = await Election.start({
      storage: this.#storage,
      self: instance,
      log,
      onLeading: () => {
        this.changed()
        leading()
      },
    })
    this.#connectionProblem = null
    this.changed()
  }

  async #openRevisions(): Promise<void> {
    const { nc, configuration } = this.#options
    const take = (state: AppliedState): void => {
      if (configuration.take(state)) this.changed()
    }
    this.#revisions = await RevisionLog.open(nc, this.#storage, take)
    this.#opened.push(() => this.#revisions.stop())
    // Also where there is nothing, perhaps any longer.
    take(this.#revisions.state)
  }

  async #watchLeases(): Promise<void> {
    const { registry, trustDomain, log } = this.#options
    const stop = await watchLeases({
      js: this.#storage.js,
      registry,
      trustDomain,
      log,
      changed: () => this.#fold.touch(),
      ended: (key) => {
        this.#acknowledgements.forget(key)
        this.rollouts.tell()
        this.#fold.touch()
      },
    })
    this.#opened.push(stop)
  }

  #listen(): void {
    const { nc, log } = this.#options
    const discover = (namespace: string, host: string, now: number) => this.#discover(namespace, host, now)
    const heard = (): void => this.rollouts.tell()
    this.#stopMessages = [
      answerDiscovery(nc, discover, log),
      collectAcknowledgements(nc, this.#acknowledgements, log, heard),
    ]
  }

  #discover(namespace: string, host: string, now: number): Promise<Discovery | null> {
    if (this.leads) return this.#publisher.discover(namespace, host, now)
    return this.#publisher.discoverFollowing(namespace, host, now, (key) => this.#untilWritten(key))
  }

  #untilWritten(key: string): Promise<void> {
    return this.rollouts.until(() => this.#store.revision(key) !== undefined, LEADER_FIRST_MS)
  }

  #written(key: string, isForeign: boolean): void {
    this.rollouts.tell()
    // Written by a replica that does not lead (a host met while nobody did) or does no longer: what it says is compared with what we mean.
    if (!isForeign || !this.leads || key === PUBLISHED) return
    this.#everythingChanged = true
    this.#fold.touch()
  }

  /** A failed write leaves the rest for the next attempt; the store remembers what was written. */
  async #publish(): Promise<void> {
    if (!this.leads) return
    // A port, a protocol or a label is part of what routes and policies are compiled from; another replica alone is not.
    const { services } = this.#options.registry
    const all = this.#everythingChanged || services !== this.#published
    this.#everythingChanged = false
    try {
      await (all ? this.#publisher.publishAll(Date.now()) : this.#publisher.publishEndpoints(Date.now()))
      this.#published = services
      this.#publishProblem = null
    } catch (error) {
      this.#everythingChanged ||= all
      // Whoever leads next begins with everything.
      if (error instanceof NotLeading) return
      if (error instanceof Overtaken) this.#options.log.info({ reason: error.message }, 'publishing again')
      else {
        this.#publishProblem = `snapshots could not be written: ${(error as Error).message}`
        this.#options.log.warn({ err: error }, 'snapshots could not be written; trying again')
      }
      this.#later(error instanceof Overtaken ? 0 : RETRY_MS, () => this.#fold.touch())
    }
  }

  async #followConnection(): Promise<void> {
    for await (const { type } of this.#options.nc.status()) {
      if (type === 'disconnect') this.#connectionProblem = 'NATS is not connected'
      if (type === 'reconnect') await this.#resume()
    }
    if (!this.#stopped) this.#connectionProblem = 'the connection to NATS is closed'
  }

  /** NATS is back, perhaps with an empty memory: what was known is held until every living replica has renewed its lease. */
  async #resume(): Promise<void> {
    if (this.#stopped) return
    this.#options.log.info('NATS is back')
    await this.#election?.stop()
    this.#closeAll()
    try {
      await this.#open()
      this.#options.nc.publish('mesh.report')
    } catch (error) {
      this.#options.log.warn({ err: error }, 'storage could not be opened; trying again')
      this.#later(RETRY_MS, () => void this.#resume())
    }
  }

  #closeAll(): void {
    for (const close of this.#opened.splice(0)) close()
  }

  #later(delayMs: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      work()
    }, delayMs)
    this.#timers.add(timer)
  }
}
