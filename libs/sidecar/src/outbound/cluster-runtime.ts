/**
 * One cluster at work: its picker, its pools, what is remembered of its endpoints. Updates replace the picker; the request path only reads it. It outlives
 * snapshots: a new one for the same cluster keeps connections, counters and ejections.
 */
import {
  buildPicker,
  ClusterState,
  endpointsOfCluster,
  isEndpointFailure,
  recordOutcome,
  sweepEjections,
  type Candidate,
  type Cluster,
  type Endpoint,
  type Picker,
} from '@meshmart/mesh-policy'
import type { TlsIdentity } from '../identity/tls-connector.ts'
import type { SidecarLog } from '../log.ts'
import { EndpointPool, poolKey } from './endpoint-pool.ts'

export class ClusterRuntime {
  readonly state = new ClusterState()
  #cluster: Cluster
  #endpoints: readonly Endpoint[] = []
  #hosts = 0
  #picker: Picker
  readonly #pools = new Map<string, EndpointPool>()
  readonly #identity: TlsIdentity
  readonly #random: () => number
  readonly #log: SidecarLog
  #sweep: NodeJS.Timeout | null = null
  activeRetries = 0

  constructor(cluster: Cluster, identity: TlsIdentity, random: () => number, log: SidecarLog) {
    this.#cluster = cluster
    this.#identity = identity
    this.#random = random
    this.#log = log
    this.#picker = buildPicker(cluster, [], this.state, random)
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
  get activeRequests(): number {
    let sum = 0
    for (const endpoint of this.state.values()) sum += endpoint.activeRequests
    return sum
  }

  /** New settings for the same cluster. */
  configure(cluster: Cluster): void {
    const connectsAlike =
      cluster.tls === this.#cluster.tls && cluster.connectTimeoutMs === this.#cluster.connectTimeoutMs
    this.#cluster = cluster
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
    const key = poolKey(candidate)
    let pool = this.#pools.get(key)
    if (pool === undefined) {
      pool = new EndpointPool(this.#cluster, candidate, this.#identity, this.#log)
      this.#pools.set(key, pool)
    }
    return pool
  }

  /** How one try ended. @param status 0 where there was no answer */
  record(candidate: Candidate, status: number): void {
    const policy = this.#cluster.outlierDetection
    if (policy === null) return
    const failed = isEndpointFailure(status)
    if (!recordOutcome(policy, this.state, candidate.state, failed, this.#hosts, Date.now())) return
    this.#log.warn('outbound: endpoint ejected', {
      cluster: this.#cluster.name,
      instance: candidate.endpoint.instance,
      consecutive5xx: candidate.state.consecutive5xx,
      until: new Date(candidate.state.ejectedUntil).toISOString(),
    })
    this.#rebuildPicker()
  }

  close(): void {
    if (this.#sweep !== null) clearInterval(this.#sweep)
    this.#sweep = null
    this.#closePools(new Set())
  }

  async destroy(): Promise<void> {
    if (this.#sweep !== null) clearInterval(this.#sweep)
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()))
    this.#pools.clear()
  }

  #rebuild(): void {
    const own = endpointsOfCluster(this.#cluster, this.#endpoints)
    this.#hosts = own.length
    this.state.retain(new Set(own.map((endpoint) => endpoint.instance)))
    this.#rebuildPicker()
    const port = (endpoint: Endpoint): number => endpoint.ports[String(this.#cluster.port)] ?? 0
    // Ejected endpoints keep their connections: they come back.
    this.#closePools(
      new Set(
        own.map((endpoint) => poolKey({ endpoint, port: port(endpoint), state: this.state.of(endpoint.instance) })),
      ),
    )
  }

  #rebuildPicker(): void {
    this.#picker = buildPicker(this.#cluster, this.#endpoints, this.state, this.#random)
  }

  #closePools(keep: ReadonlySet<string>): void {
    for (const [key, pool] of this.#pools) {
      if (keep.has(key)) continue
      this.#pools.delete(key)
      pool.close()
    }
  }

  #restartSweep(): void {
    if (this.#sweep !== null) clearInterval(this.#sweep)
    this.#sweep = null
    const policy = this.#cluster.outlierDetection
    if (policy === null) return
    this.#sweep = setInterval(() => {
      if (sweepEjections(this.state, Date.now())) this.#rebuildPicker()
    }, policy.intervalMs)
    this.#sweep.unref()
  }
}

function placeOf({ instance, address, ports }: Endpoint): string {
  return `${instance} ${address} ${JSON.stringify(ports)}`
}
