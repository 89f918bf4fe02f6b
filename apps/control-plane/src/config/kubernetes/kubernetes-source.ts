/**
 * The Kubernetes API as the source of configuration: what is watched there is put into force by the replica that leads, and what is to be said of it is
 * written back. Every replica watches, so that the next one to lead begins with all of it known.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { kubernetesServices, readKubernetesObject, type Origin } from '@meshmart/istio-api'
import type { Logger } from 'pino'
import type { Distribution } from '../../distribution/distribution.ts'
import { Fold } from '../../distribution/fold.ts'
import type { Registry, ServiceDefinition } from '../../registry/registry.ts'
import type { Configuration } from '../configuration.ts'
import type { ConfigurationSource } from '../source.ts'
import type { KubernetesAccess } from './access.ts'
import { KubernetesApi, type KubernetesObject } from './api.ts'
import { Informers } from './informers.ts'
import { Reconciler } from './reconciler.ts'
import { StatusWriter } from './status-writer.ts'
import { SERVICES, type WatchedType } from './watched-types.ts'

export interface KubernetesSourceOptions {
  readonly access: KubernetesAccess
  /** Empty: all of them. */
  readonly namespaces: readonly string[]
  readonly configuration: Configuration
  readonly registry: Registry
  /** SPIFFE id of the control plane. */
  readonly self: string
  readonly log: Logger
}

const READ_ONLY =
  'The configuration of this mesh comes from the Kubernetes API: use kubectl apply, kubectl delete, or whatever keeps your resources; a dry run works here.'

export class KubernetesSource implements ConfigurationSource {
  readonly readOnly = READ_ONLY
  readonly #options: KubernetesSourceOptions
  readonly #api: KubernetesApi
  readonly #informers: Informers
  readonly #services = new Fold(() => this.#defineAgain())
  #running: Distribution | undefined
  #reconciler: Reconciler | undefined
  #statuses: StatusWriter | undefined
  #stopNews: () => void = () => undefined

  constructor(options: KubernetesSourceOptions) {
    this.#options = options
    this.#api = new KubernetesApi(options.access)
    const { namespaces, log } = options
    this.#informers = new Informers({ api: this.#api, namespaces, log, changed: (type) => this.#heard(type) })
  }

  /** Resolves when everything was listed once, or the time is over: then what was last in force goes on. */
  async whenListed(limitMs: number): Promise<void> {
    const until = performance.now() + limitMs
    while (!this.#informers.synced && performance.now() < until) await pause(20)
    this.#define()
  }

  notReady(): string | null {
    return this.#informers.synced
      ? null
      : `the Kubernetes API was not read yet: ${this.#informers.problem ?? 'listing'}`
  }

  follow(running: Distribution): void {
    const { configuration, registry, self, log } = this.#options
    const leads = (): boolean => running.leads
    const reconciler = new Reconciler({
      informers: this.#informers,
      configuration,
      revisions: () => running.revisions,
      services: () => registry.services,
      leads,
      self,
      log,
      settled: () => this.#statuses?.touch(),
    })
    this.#running = running
    this.#reconciler = reconciler
    this.#statuses = new StatusWriter({
      api: this.#api,
      rollouts: running.rollouts,
      settled: () => reconciler.settled,
      inForce: () => running.revisions.state,
      leads,
      log,
    })
    // A service that has come or gone may be what a warning is about.
    this.#stopNews = running.rollouts.onNews(() => reconciler.touch())
    reconciler.touch()
  }

  leading(): void {
    this.#reconciler?.touch()
  }

  async stop(): Promise<void> {
    this.#stopNews()
    await this.#informers.stop()
    await this.#services.stop()
    await this.#reconciler?.stop()
    await this.#statuses?.stop()
    this.#api.close()
  }

  #heard(type: WatchedType): void {
    if (type === SERVICES) this.#services.touch()
    else this.#reconciler?.touch()
  }

  async #defineAgain(): Promise<void> {
    if (this.#informers.synced && this.#define()) this.#running?.changed()
  }

  /** @returns whether a Service says something new */
  #define(): boolean {
    const { registry } = this.#options
    const before = registry.services
    registry.define(definitionsOf(this.#informers.services))
    return registry.services !== before
  }
}

/** By host. One that is another name for a host elsewhere is no service of the mesh. */
export function definitionsOf(objects: readonly KubernetesObject[]): ReadonlyMap<string, ServiceDefinition> {
  const read = objects.flatMap((object) => readKubernetesObject('Service', object, NOWHERE, 'default').object ?? [])
  return new Map(
    kubernetesServices(read)
      .filter(({ externalName }) => externalName === null)
      .map(({ service: { host, ports, portNames, labels, exportTo, addresses } }) => [
        host,
        {
          ports,
          // A port without a name says nothing of its protocol; a replica may have said it.
          portNames: Object.fromEntries(Object.entries(portNames ?? {}).filter(([, named]) => named !== '')),
          ...(labels && { labels }),
          ...(exportTo && { exportTo }),
          ...(addresses && { addresses }),
        },
      ]),
  )
}

const NOWHERE: Origin = { file: 'kubernetes', locate: () => ({ line: 1, column: 1 }) }
