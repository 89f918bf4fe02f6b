/**
 * One cluster at work: its picker, its pools, its limits, what is remembered of its endpoints. Updates replace the picker; the request path only reads it. It
 * outlives snapshots: a new one for the same cluster keeps connections, counters and ejections.
 */
import {
  buildPicker,
  CircuitBreakers,
  ClusterState,
  endpointsOfCluster,
  nextWarmupRebuild,
  recordOutcome,
  sweepEjections,
  type Candidate,
  type Cluster,
  type Endpoint,
  type EndpointState,
  type Picker,
  type Reader,
} from '@meshmart/mesh-policy'
import type { TlsIdentity } from '../identity/tls-connector.ts'
import type { SidecarLog } from '../log.ts'
import type { Connector } from '../http1/index.ts'
import { endpointConnector, EndpointPool, poolKey } from './endpoint-pool.ts'

/** What all clusters of one process share. */
export interface ClusterParts {
  readonly identity: TlsIdentity
  readonly reader: Reader
  readonly random: () => number
  readonly log: SidecarLog
}

export class ClusterRuntime {
  readonly state = new ClusterState()
  readonly breakers: CircuitBreakers
  /** Copies of requests that came to nothing. */
  mirrorFailures = 0
  #cluster: Cluster
  #endpoints: readonly Endpoint[] = []
  #hosts = 0
  #picker: Picker
  readonly #pools = new Map<string, EndpointPool>()
  /** What `poolOf` found, by the candidate itself: the request path builds no key. */
  #poolOf = new WeakMap<Candidate, EndpointPool>()
  readonly #atPort = new WeakMap<Candidate, Map<number, Candidate>>()
  readonly #parts: ClusterParts
  #sweep: NodeJS.Timeout | null = null
  #warmup: NodeJS.Timeout | null = null

  constructor(cluster: Cluster, parts: ClusterParts) {
    this.#cluster = cluster
    this.#parts = parts
    this.breakers = new CircuitBreakers(cluster)
    this.#picker = this.#buildPicker()
    this.#restartSweep()
  }

  get cluster(): Cluster {
    return this.#cluster
  }
  get picker(): Picker {
    return this.#picker
  }
  get endpoints(): readonly Endpoint[] {
    return this.#endpoints
  }
  /** Open, idle ones included. */
  get connections(): number {
    let sum = 0
    for (const pool of this.#pools.values()) sum += pool.connected
    return sum
  }

  /** New settings for the same cluster. */
  configure(cluster: Cluster): void {
    const connectsAlike = connectionSettings(cluster) === connectionSettings(this.#cluster)
    this.#cluster = cluster
    this.breakers.configure(cluster)
    if (!connectsAlike) this.#closePools(new Set())
    this.#restartSweep()
    this.#rebuild()
  }

  /** All endpoints of the cluster's host; which of them belong to the subset is decided here. */
  update(endpoints: readonly Endpoint[]): void {
    // A replica that came back at another address is another process: what its predecessor was ejected for is not held against it.
    const stayed = new Set(this.#endpoints.map(placeOf))
    this.state.retain(new Set(endpoints.filter((it) => stayed.has(placeOf(it))).map(({ instance }) => instance)))
    this.#endpoints = endpoints
    this.#rebuild()
  }

  poolOf(candidate: Candidate): EndpointPool {
    const found = this.#poolOf.get(candidate)
    if (found !== undefined) return found
    const key = poolKey(candidate)
    let pool = this.#pools.get(key)
    if (pool === undefined) {
      pool = new EndpointPool(this.#cluster, candidate, this.#parts.identity, this.breakers)
      this.#pools.set(key, pool)
    }
    this.#poolOf.set(candidate, pool)
    return pool
  }

  /** The same endpoint at another port: `portOfRequest`. */
  atPort(candidate: Candidate, port: number): Candidate {
    if (candidate.port === port) return candidate
    let ports = this.#atPort.get(candidate)
    if (ports === undefined) this.#atPort.set(candidate, (ports = new Map<number, Candidate>()))
    let there = ports.get(port)
    if (there === undefined) ports.set(port, (there = { ...candidate, port }))
    return there
  }

  /** For what is no HTTP request and needs a connection of its own. */
  connectorTo(candidate: Candidate, carries: 'tunnel' | 'tcp'): Connector {
    return endpointConnector(this.#cluster, candidate, this.#parts.identity, carries)
  }

  /** How one try ended. @param status 0 where there was no answer */
  record(candidate: Candidate, status: number): void {
    const policy = this.#cluster.outlierDetection
    if (policy === null) return
    const cause = recordOutcome(policy, this.state, candidate.state, status, this.#hosts, Date.now())
    if (cause === null) return
    this.#reportEjection(candidate.state)
    this.#rebuildPicker()
  }

  close(): void {
    this.#stopTimers()
    this.#closePools(new Set())
  }

  destroy(): void {
    this.#stopTimers()
    for (const pool of this.#pools.values()) pool.destroy()
    this.#pools.clear()
    this.#poolOf = new WeakMap()
  }

  #rebuild(): void {
    const own = endpointsOfCluster(this.#cluster, this.#endpoints)
    this.#hosts = own.length
    this.state.retain(new Set(own.map((endpoint) => endpoint.instance)))
    this.#rebuildPicker()
    const port = (endpoint: Endpoint): number => endpoint.ports[String(this.#cluster.port)] ?? 0
    // Ejected endpoints keep their connections: they come back.
    this.#closePools(new Set(own.map((endpoint) => poolKey({ endpoint, port: port(endpoint) }))))
  }

  #buildPicker(): Picker {
    const { random, reader } = this.#parts
    return buildPicker(this.#cluster, this.#endpoints, this.state, { random, reader, now: Date.now() })
  }

  #rebuildPicker(): void {
    this.#picker = this.#buildPicker()
    if (this.#warmup !== null) clearTimeout(this.#warmup)
    this.#warmup = null
    const next = nextWarmupRebuild(this.#cluster, this.#endpoints, Date.now())
    if (next === null) return
    this.#warmup = setTimeout(() => this.#rebuildPicker(), Math.max(1, next - Date.now()))
    this.#warmup.unref()
  }

  #closePools(keep: ReadonlySet<string>): void {
    this.#poolOf = new WeakMap()
    for (const [key, pool] of this.#pools) {
      if (keep.has(key)) continue
      this.#pools.delete(key)
      pool.close()
    }
  }

  #stopTimers(): void {
    if (this.#sweep !== null) clearInterval(this.#sweep)
    if (this.#warmup !== null) clearTimeout(this.#warmup)
    this.#sweep = null
    this.#warmup = null
  }

  #restartSweep(): void {
    if (this.#sweep !== null) clearInterval(this.#sweep)
    this.#sweep = null
    const policy = this.#cluster.outlierDetection
    if (policy === null) return
    this.#sweep = setInterval(() => {
      const swept = sweepEjections(policy, this.state, this.#hosts, Date.now())
      if (swept === null) return
      for (const endpoint of swept.ejected) this.#reportEjection(endpoint)
      this.#rebuildPicker()
    }, policy.intervalMs)
    this.#sweep.unref()
  }

  #reportEjection(endpoint: EndpointState): void {
    this.#parts.log.warn('outbound: endpoint ejected', {
      cluster: this.#cluster.name,
      instance: endpoint.instance,
      cause: endpoint.ejectedFor ?? 'unknown',
      until: new Date(endpoint.ejectedUntil).toISOString(),
    })
  }
}

/** What a connection was opened by: where it changes, open ones are not used any more. */
function connectionSettings({ tls, tlsSettings, connectTimeoutMs, connectionPool }: Cluster): string {
  return JSON.stringify([tls, tlsSettings, connectTimeoutMs, connectionPool])
}

function placeOf({ instance, address, ports }: Endpoint): string {
  return `${instance} ${address} ${JSON.stringify(ports)}`
}
