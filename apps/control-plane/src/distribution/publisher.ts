/**
 * Keeps the bucket `mesh` equal to what the configuration and the leases mean. Endpoints follow the leases and are written whatever the
 * configuration is; routes and policies wait until there is a valid configuration, so that after a restart amid a broken file the bucket
 * still says what was last good.
 */
import type { Compiler } from '@meshmart/istio-api'
import type { EndpointsSnapshot, GatewaySnapshot, OutboundSnapshot, TrustSnapshot } from '@meshmart/mesh-policy'
import type { Registry } from '../registry/registry.ts'
import { PUBLISHED, type Published } from './rollout.ts'
import type { SnapshotStore } from './snapshot-store.ts'

export const outboundKey = (namespace: string, host: string): string => `outbound.${namespace}.${host}`
const ENDPOINTS = 'endpoints.'
export const endpointsKey = (host: string): string => `${ENDPOINTS}${host}`
export const inboundKey = (namespace: string, workload: string): string => `inbound.${namespace}.${workload}`
/** `gateway.istio-ingressgateway` for `istio: ingressgateway`. */
export const gatewayKey = ({ selector }: Pick<GatewaySnapshot, 'selector'>): string => {
  const words = Object.entries(selector).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `gateway.${words
    .flat()
    .join('-')
    .replaceAll(/[^\w-]/g, '_')}`
}

export type Discovery =
  { readonly found: true; readonly host: string } | { readonly found: false; readonly reason: string }

export interface PublisherOptions {
  readonly store: SnapshotStore
  readonly registry: Registry
  /** The configuration in force, compiled against the services that are known now; null while there is none. */
  readonly mesh: () => Compiler | null
  readonly version: () => Published
  readonly trust: () => TrustSnapshot
}

export const TRUST = 'trust'

export class Publisher {
  readonly #store: SnapshotStore
  readonly #registry: Registry
  readonly #mesh: () => Compiler | null
  readonly #version: () => Published
  readonly #trust: () => TrustSnapshot

  constructor(options: PublisherOptions) {
    this.#store = options.store
    this.#registry = options.registry
    this.#mesh = options.mesh
    this.#version = options.version
    this.#trust = options.trust
  }

  /** Endpoints that were published before this process began. */
  published(): EndpointsSnapshot[] {
    return this.#store.keys(ENDPOINTS).flatMap((key) => this.#store.read<EndpointsSnapshot>(key) ?? [])
  }

  /** Writes the endpoints of workloads that have changed. */
  async publishEndpoints(now: number): Promise<void> {
    // Asked once: to know whether it is still the one in force it compares all services.
    const mesh = this.#mesh()
    // Side by side: of a thousand that have changed nobody should wait for a thousand answers of NATS.
    await Promise.all(
      this.#registry.hosts.map((host) => this.#store.put(endpointsKey(host), this.#endpointsOf(mesh, host, now))),
    )
  }

  /** Writes the endpoints of these hosts, workloads or not. */
  async #publishHosts(mesh: Compiler, hosts: Iterable<string>, now: number): Promise<void> {
    for (const host of new Set(hosts)) {
      const isRegistered = this.#registry.has(host)
      const endpoints = isRegistered ? this.#endpointsOf(mesh, host, now) : mesh.compileEndpoints(host)
      if (endpoints !== null) await this.#store.put(endpointsKey(host), endpoints)
    }
  }

  /** Replicas that hold a lease, and WorkloadEntries that the service's selector finds. */
  #endpointsOf(mesh: Compiler | null, host: string, now: number): EndpointsSnapshot {
    const own = this.#registry.snapshot(host, now)
    const extra = mesh?.extraEndpoints(host) ?? []
    // The registry's own one where there is nothing to add: what is the very same object is not compared by its text.
    return extra.length === 0 ? own : { host, endpoints: [...own.endpoints, ...extra] }
  }

  /** Writes what ServiceEntries say of hosts that the registry does not know, and removes those that nobody describes any more. */
  async #publishEntries(mesh: Compiler): Promise<void> {
    const published = this.#store.keys(ENDPOINTS).map((key) => key.slice(ENDPOINTS.length))
    for (const host of new Set([...mesh.entryHosts, ...published])) {
      // A wildcard is no key; each host below it that is called has one of its own.
      if (this.#registry.has(host) || host.startsWith('*')) continue
      const snapshot = mesh.compileEndpoints(host)
      await (snapshot === null ? this.#store.remove(endpointsKey(host)) : this.#store.put(endpointsKey(host), snapshot))
    }
  }

  /** Writes whom to trust. It follows from keys and denials, whatever the configuration is. */
  async publishTrust(): Promise<void> {
    await this.#store.put(TRUST, this.#trust())
  }

  /** Writes everything that has changed; policies before routes, so that no new route leads past an old policy. */
  async publishAll(now: number): Promise<void> {
    await this.publishTrust()
    await this.publishEndpoints(now)
    const mesh = this.#mesh()
    if (mesh === null) return
    const version = this.#version()
    await this.#publishEntries(mesh)
    await Promise.all(
      this.#registry.services.map(({ namespace, service, labels }) => {
        // The selector label is ours and not the replica's: nobody leaves a policy by changing a label of its lease.
        const snapshot = mesh.compileInbound(namespace, service, { app: service }, labels)
        return this.#store.put(inboundKey(namespace, service), snapshot)
      }),
    )
    await this.#publishGateways(mesh)
    await Promise.all(this.#store.keys('outbound.').map((key) => this.#publishOutbound(mesh, key)))
    // Last: who waits for this revision finds everything else before it.
    await this.#store.put(PUBLISHED, version)
  }

  async #publishOutbound(mesh: Compiler, key: string): Promise<void> {
    const [, namespace = '', ...host] = key.split('.')
    const snapshot = mesh.compileOutbound(namespace, host.join('.'))
    if (snapshot !== null) await this.#publishCalled(mesh, hostsOf(snapshot))
    await (snapshot === null ? this.#store.remove(key) : this.#store.put(key, snapshot))
  }

  /** A host that is called may stand below the wildcard of a ServiceEntry: then nobody has written its endpoints yet. */
  async #publishCalled(mesh: Compiler, hosts: readonly string[]): Promise<void> {
    for (const host of new Set(hosts)) {
      const endpoints = this.#registry.has(host) ? null : mesh.compileEndpoints(host)
      if (endpoints !== null) await this.#store.put(endpointsKey(host), endpoints)
    }
  }

  /**
   * The same at a replica that does not lead. What is there is answered at once; what is missing is the leading one's to write, and is written here where
   * nobody does so in time. Only the leading one says that a host is unknown: it is never behind.
   * @param written resolves once the key is there, or the time is over
   */
  async discoverFollowing(
    namespace: string,
    name: string,
    now: number,
    written: (key: string) => Promise<void>,
  ): Promise<Discovery | null> {
    const mesh = this.#mesh()
    const host = mesh?.resolveHost(namespace, name.replace(/:\d+$/, '')) ?? null
    const snapshot = host === null ? null : (mesh?.compileOutbound(namespace, host) ?? null)
    if (mesh === null || host === null || snapshot === null) return null
    const key = outboundKey(namespace, host)
    if (this.#store.revision(key) === undefined) await written(key)
    if (this.#store.revision(key) === undefined) await this.#createMissing(mesh, key, snapshot, now)
    return { found: true, host }
  }

  async #createMissing(mesh: Compiler, key: string, snapshot: OutboundSnapshot, now: number): Promise<void> {
    for (const host of new Set([snapshot.host, ...hostsOf(snapshot)])) {
      const isRegistered = this.#registry.has(host)
      const endpoints = isRegistered ? this.#endpointsOf(mesh, host, now) : mesh.compileEndpoints(host)
      if (endpoints !== null) await this.#store.create(endpointsKey(host), endpoints)
    }
    await this.#store.create(key, snapshot)
  }

  /** Answers `mesh.discover`: what the caller's namespace needs for a host is in the bucket before the answer is. */
  async discover(namespace: string, name: string, now: number): Promise<Discovery> {
    const mesh = this.#mesh()
    if (mesh === null) return { found: false, reason: 'the mesh has no valid configuration yet' }
    const host = mesh.resolveHost(namespace, name.replace(/:\d+$/, ''))
    const snapshot = host && mesh.compileOutbound(namespace, host)
    if (!host || !snapshot) return { found: false, reason: `${name} is not known to the mesh` }
    await this.#publishHosts(mesh, [host, ...hostsOf(snapshot)], now)
    await this.#store.put(outboundKey(namespace, host), snapshot)
    return { found: true, host }
  }

  async #publishGateways(mesh: Compiler): Promise<void> {
    const gateways = mesh.compileGateways()
    for (const snapshot of gateways) {
      await this.#publishCalled(mesh, hostsOf(snapshot))
      await this.#store.put(gatewayKey(snapshot), snapshot)
    }
    const present = new Set(gateways.map(gatewayKey))
    for (const key of this.#store.keys('gateway.')) if (!present.has(key)) await this.#store.remove(key)
  }
}

const hostsOf = ({ clusters }: Pick<GatewaySnapshot, 'clusters'>): string[] =>
  Object.values(clusters).map(({ host }) => host)
