/**
 * All clusters that this process talks to, whoever's snapshot named them. A cluster lives as long as one snapshot uses it; its endpoints are watched by host
 * for exactly that time.
 */
import type { Cluster, Reader } from '@meshmart/mesh-policy'
import type { SnapshotSource } from '../discovery/snapshot-source.ts'
import { ClusterRuntime, type ClusterParts } from './cluster-runtime.ts'
import { HostEndpoints } from './host-endpoints.ts'
import { NameResolver } from './name-resolver.ts'

export class ClusterRegistry {
  readonly #clusters = new Map<string, ClusterRuntime>()
  /** Snapshot key → names of the clusters in it. */
  readonly #uses = new Map<string, ReadonlySet<string>>()
  readonly #hosts = new Map<string, HostEndpoints>()
  readonly #source: SnapshotSource
  readonly #parts: ClusterParts
  readonly #names: NameResolver
  readonly #arrivals = new Set<(host: string) => void>()

  /** @param names of endpoints that have no address */
  constructor(source: SnapshotSource, parts: ClusterParts, names = new NameResolver(parts.log)) {
    this.#source = source
    this.#parts = parts
    this.#names = names
  }

  /** Who reads the snapshots. */
  get reader(): Reader {
    return this.#parts.reader
  }

  /** What a snapshot uses from now on; what it used before and nobody else uses is closed. @param key of the snapshot */
  use(key: string, clusters: Readonly<Record<string, Cluster>>): ReadonlyMap<string, ClusterRuntime> {
    const used = new Map<string, ClusterRuntime>()
    for (const cluster of Object.values(clusters)) used.set(cluster.name, this.#provide(cluster))
    this.#uses.set(key, new Set(used.keys()))
    this.#closeUnused()
    return used
  }

  release(key: string): void {
    if (this.#uses.delete(key)) this.#closeUnused()
  }

  /** Whether endpoints of a host have come since it is watched. */
  hasEndpoints(host: string): boolean {
    return this.#hosts.get(host)?.arrived ?? false
  }
  onEndpoints(listener: (host: string) => void): void {
    this.#arrivals.add(listener)
  }
  values(): IterableIterator<ClusterRuntime> {
    return this.#clusters.values()
  }

  destroy(): void {
    for (const host of this.#hosts.values()) host.stop()
    for (const cluster of this.#clusters.values()) cluster.destroy()
    this.#clusters.clear()
    this.#hosts.clear()
  }

  #provide(cluster: Cluster): ClusterRuntime {
    const endpoints = this.#endpointsOf(cluster.host)
    const known = this.#clusters.get(cluster.name)
    if (known !== undefined) {
      const goesElsewhere = known.cluster.loadBalancer !== cluster.loadBalancer || known.cluster.tls !== cluster.tls
      known.configure(cluster)
      if (goesElsewhere) known.update(endpoints.of(cluster))
      return known
    }
    const runtime = new ClusterRuntime(cluster, this.#parts)
    this.#clusters.set(cluster.name, runtime)
    runtime.update(endpoints.of(cluster))
    return runtime
  }

  #endpointsOf(host: string): HostEndpoints {
    let entry = this.#hosts.get(host)
    if (entry === undefined) {
      entry = new HostEndpoints(host, this.#source, this.#names, () => this.#update(host))
      this.#hosts.set(host, entry)
    }
    return entry
  }

  #update(host: string): void {
    const entry = this.#hosts.get(host)
    if (entry === undefined) return
    for (const runtime of this.#clusters.values())
      if (runtime.cluster.host === host) runtime.update(entry.of(runtime.cluster))
    for (const listener of this.#arrivals) listener(host)
  }

  #closeUnused(): void {
    const used = new Set([...this.#uses.values()].flatMap((names) => [...names]))
    for (const [name, cluster] of this.#clusters) {
      if (used.has(name)) continue
      this.#clusters.delete(name)
      cluster.close()
    }
    const hosts = new Set([...this.#clusters.values()].map((cluster) => cluster.cluster.host))
    for (const [host, entry] of this.#hosts) {
      if (hosts.has(host)) continue
      entry.stop()
      this.#hosts.delete(host)
    }
  }
}
