/**
 * The hosts that this workload has called: watched from the first call on, so that memory and pushes grow with what a workload calls and not with the mesh.
 * A host that nobody knows is remembered too, and its key stays watched: it becomes known the moment it exists.
 */
import { unknownHostWords, viewOf, type OutboundSnapshot } from '@meshmart/mesh-policy'
import { reasonOf, type SidecarLog } from '../log.ts'
import type { ClusterRegistry } from '../outbound/cluster-registry.ts'
import type { HostDirectory, HostLookup } from '../outbound/route.ts'
import { clustersOf, prepareRouting, type RoutingTable } from '../outbound/routing-table.ts'
import { expandHost } from './host-names.ts'
import type { SnapshotSource, Watch } from './snapshot-source.ts'

/** A miss is asked for again after this long, in case that the word of the change got lost. */
const MISS_MS = 5000
const ASK_AGAIN_MS = 500
/** How long the first request waits for endpoints after the routes are there. */
const ENDPOINTS_MS = 1000
const MAX_MISSES = 256

interface Entry {
  key: string
  watch: Watch
  table: RoutingTable | null
  /** Why it is unknown, and since when; null while that is open. */
  miss: { readonly reason: string; readonly since: number } | null
  asking: boolean
  endpointsDue: boolean
  endpointsTimer: NodeJS.Timeout | null
  waiting: (() => void)[]
}

export class MeshHosts implements HostDirectory {
  /** By host as callers write it. */
  readonly #entries = new Map<string, Entry>()
  readonly #source: SnapshotSource
  readonly #clusters: ClusterRegistry
  readonly #namespace: string
  readonly #trustDomain: string
  readonly #log: SidecarLog
  #closed = false

  constructor(options: {
    source: SnapshotSource
    clusters: ClusterRegistry
    namespace: string
    trustDomain: string
    log: SidecarLog
  }) {
    this.#source = options.source
    this.#clusters = options.clusters
    this.#namespace = options.namespace
    this.#trustDomain = options.trustDomain
    this.#log = options.log
    this.#clusters.onEndpoints(() => {
      for (const entry of this.#entries.values()) this.#tell(entry)
    })
  }

  lookup(host: string): HostLookup | undefined {
    const entry = this.#entries.get(host)
    if (entry === undefined) return undefined
    if (entry.table !== null)
      return this.#isComplete(entry, entry.table) ? { kind: 'known', table: entry.table } : undefined
    if (entry.miss === null) return undefined
    if (Date.now() - entry.miss.since > MISS_MS && !entry.asking) void this.#ask(host, entry)
    return { kind: 'unknown', reason: entry.miss.reason }
  }

  discover(host: string, done: () => void): void {
    let entry = this.#entries.get(host)
    if (entry === undefined) {
      this.#forgetOldMiss()
      entry = this.#newEntry(expandHost(host, this.#namespace, this.#trustDomain))
      this.#entries.set(host, entry)
    }
    entry.waiting.push(done)
    if (entry.table === null && !entry.asking) void this.#ask(host, entry)
  }

  close(): void {
    this.#closed = true
    for (const entry of this.#entries.values()) this.#drop(entry)
    this.#entries.clear()
  }

  #newEntry(fullHost: string): Entry {
    const key = `outbound.${this.#namespace}.${fullHost}`
    const entry: Entry = {
      key,
      watch: { stop: () => undefined },
      table: null,
      miss: null,
      asking: false,
      endpointsDue: false,
      endpointsTimer: null,
      waiting: [],
    }
    entry.watch = this.#source.watch<OutboundSnapshot>(key, (snapshot) => this.#apply(entry, snapshot))
    return entry
  }

  #apply(entry: Entry, snapshot: OutboundSnapshot | null): void {
    const { reader } = this.#clusters
    const view = snapshot === null ? null : viewOf(snapshot, reader)
    if (view === null) {
      this.#clusters.release(entry.key)
      entry.table = null
      entry.miss = {
        reason: unknownHostWords(entry.key.slice(`outbound.${this.#namespace}.`.length)),
        since: Date.now(),
      }
    } else {
      const clusters = clustersOf(view, reader)
      const prepared = prepareRouting(view.routes, clusters, reader, view)
      entry.table = { ...prepared, clusters: this.#clusters.use(entry.key, clusters) }
      entry.miss = null
      if (!entry.endpointsDue && entry.endpointsTimer === null) {
        entry.endpointsTimer = setTimeout(() => {
          entry.endpointsDue = true
          this.#tell(entry)
        }, ENDPOINTS_MS)
        entry.endpointsTimer.unref()
      }
    }
    this.#tell(entry)
  }

  async #ask(host: string, entry: Entry): Promise<void> {
    entry.asking = true
    try {
      const answer = await this.#source.discover(host)
      if (!answer.found) {
        if (entry.table === null) entry.miss = { reason: answer.reason, since: Date.now() }
      } else if (entry.key !== `outbound.${this.#namespace}.${answer.host}`) this.#follow(host, entry, answer.host)
      else if (entry.miss !== null) entry.miss = null
    } catch (error) {
      this.#log.warn('discovery: nobody answered', { host, reason: reasonOf(error) })
      this.#askAgain(host, entry)
      return
    }
    entry.asking = false
    this.#tell(entry)
  }

  /** While somebody waits. */
  #askAgain(host: string, entry: Entry): void {
    const timer = setTimeout(() => {
      entry.asking = false
      if (!this.#closed && entry.table === null && entry.waiting.length > 0) void this.#ask(host, entry)
    }, ASK_AGAIN_MS)
    timer.unref()
  }

  /** The control plane knows the host under another name than the one that was guessed. */
  #follow(host: string, entry: Entry, fullHost: string): void {
    if (this.#closed) return
    const waiting = entry.waiting
    this.#drop(entry)
    const next = this.#newEntry(fullHost)
    next.waiting = waiting
    this.#entries.set(host, next)
  }

  #isComplete(entry: Entry, table: RoutingTable): boolean {
    if (entry.endpointsDue) return true
    for (const cluster of table.clusters.values()) if (!this.#clusters.hasEndpoints(cluster.cluster.host)) return false
    return true
  }

  #tell(entry: Entry): void {
    const ready = entry.table === null ? entry.miss !== null : this.#isComplete(entry, entry.table)
    if (ready) for (const done of entry.waiting.splice(0)) done()
  }

  #drop(entry: Entry): void {
    entry.watch.stop()
    if (entry.endpointsTimer !== null) clearTimeout(entry.endpointsTimer)
    this.#clusters.release(entry.key)
  }

  #forgetOldMiss(): void {
    const misses = [...this.#entries].filter(([, entry]) => entry.table === null && entry.waiting.length === 0)
    const oldest = misses[0]
    if (misses.length < MAX_MISSES || oldest === undefined) return
    this.#drop(oldest[1])
    this.#entries.delete(oldest[0])
  }
}
