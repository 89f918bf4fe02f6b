/**
 * One connection of the application into the mesh: where its host is, which route takes it, which endpoint it gets. Each step may have to wait; whoever is not
 * served is told why, as far as it can be told.
 */
import type net from 'node:net'
import {
  alsoExcluded,
  chooseDestination,
  hashOf,
  matchTcpRoute,
  RESPONSE_FLAGS,
  type Candidate,
  type Excluded,
  type ResponseFlag,
  type TcpRoute,
} from '@meshmart/mesh-policy'
import type { ClusterRuntime } from '../outbound/cluster-runtime.ts'
import type { HostDirectory } from '../outbound/route.ts'
import type { PreparedTcpPort, RoutingTable } from '../outbound/routing-table.ts'
import { describeDestination } from '../telemetry/destinations.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { CarriedConnection } from './carried-connection.ts'
import { TCP_IDLE_MS } from './limits.ts'
import { peekServerName } from './server-name.ts'

const DISCOVERY_MS = 5000
/** A TLS client speaks first, and at once. */
const CLIENT_HELLO_MS = 5000
/**
 * Connections that are tried, each to another endpoint. Envoy gives up after the first (`max_connect_attempts`, which Istio leaves alone); no byte has been
 * passed on by then, so that trying on is as harmless as Istio's own default of two retries for requests.
 */
const CONNECT_ATTEMPTS = 3
const OTHER_ENDPOINTS = { ignorePreviousHosts: true, remoteLocalities: false }

/** Whither, and who hears what comes of it. */
export interface OutboundTarget {
  /** In lower case, as the application names it; an IP address names itself. */
  readonly host: string
  readonly port: number
  /** Null where the address is not known, because the host has a name. */
  readonly destinationIp: string | null
  /** From here on the bytes are the service's. */
  accepted(): void
  /** @returns whether the connection is to be closed right away */
  refused(flag: ResponseFlag, reason: string, status: number): boolean
}

export interface OutboundTcpContext {
  readonly hosts: HostDirectory
  readonly self: Telemetry['self']
  readonly random: () => number
}

export class OutboundConnection {
  readonly #connection: CarriedConnection
  readonly #target: OutboundTarget
  readonly #context: OutboundTcpContext
  #rest: Buffer
  #sni: string | null = null
  #accepted = false
  #tried: Excluded | null = null

  /** @param rest bytes that were read before */
  constructor(connection: CarriedConnection, target: OutboundTarget, rest: Buffer, context: OutboundTcpContext) {
    this.#connection = connection
    this.#target = target
    this.#rest = rest
    this.#context = context
  }

  begin(): void {
    const { hosts } = this.#context
    const { host } = this.#target
    if (hosts.lookup(host) !== undefined) {
      this.#found()
      return
    }
    let waiting = true
    const go = (): void => {
      if (!waiting) return
      waiting = false
      clearTimeout(timer)
      this.#found()
    }
    const timer = setTimeout(go, DISCOVERY_MS)
    hosts.discover(host, go)
  }

  #found(): void {
    if (this.#connection.ended) return
    const { host, port } = this.#target
    const found = this.#context.hosts.lookup(host)
    if (found === undefined) {
      const reason = `nobody answered where ${host} is: the control plane or NATS cannot be reached`
      this.#refuse(RESPONSE_FLAGS.NC, reason)
    } else if (found.kind === 'unknown') {
      // Istio's name for what REGISTRY_ONLY does not let out.
      this.#say({ cluster: 'BlackHoleCluster' })
      this.#refuse(RESPONSE_FLAGS.NR, found.reason, 502)
    } else {
      const carried = found.table.tcp.get(port)
      if (carried === undefined)
        this.#refuse(RESPONSE_FLAGS.NR, `port ${port} of ${host} is none that is carried as TCP`, 502)
      else if (carried.protocol === 'TLS') this.#readServerName(found.table, carried)
      else this.#route(found.table, carried)
    }
  }

  #readServerName(table: RoutingTable, carried: PreparedTcpPort): void {
    this.#accept()
    peekServerName(this.#connection.downstream, this.#rest, CLIENT_HELLO_MS, (peeked) => {
      if (peeked === null) {
        this.#refuse(RESPONSE_FLAGS.DC, 'the caller went away before it said whom it wants')
        return
      }
      this.#rest = peeked.rest
      this.#sni = peeked.sni
      this.#say({ sni: peeked.sni ?? '-' })
      this.#route(table, carried)
    })
  }

  #route(table: RoutingTable, carried: PreparedTcpPort): void {
    const { host, port, destinationIp } = this.#target
    const route = matchTcpRoute(carried.routes, { sni: this.#sni, port, destinationIp })
    if (route === null) {
      const name = this.#sni === null ? 'without server name' : `for ${this.#sni}`
      this.#refuse(RESPONSE_FLAGS.NR, `no route of ${host}:${port} takes a connection ${name}`, 502)
      return
    }
    this.#say({ route: routeWords(route) })
    const destination = chooseDestination(route.destinations, this.#context.random())
    const cluster = destination === null ? undefined : table.clusters.get(destination.cluster)
    if (cluster === undefined) this.#refuse(RESPONSE_FLAGS.NC, `${routeWords(route)} has no destination`)
    else this.#connect(cluster)
  }

  #connect(cluster: ClusterRuntime): void {
    const { name } = cluster.cluster
    const candidate = cluster.picker.pick(this.#tried, this.#hash(cluster))
    this.#describe(cluster, candidate)
    if (candidate === null) {
      this.#refuse(RESPONSE_FLAGS.UH, `${name}: no healthy endpoint`)
      return
    }
    const { breakers } = cluster
    // Not even the first to its endpoint: nothing waits here until another one ends. So does Envoy.
    if (breakers.connections >= breakers.maxConnections) {
      this.#refuse(RESPONSE_FLAGS.UO, `${name}: ${breakers.connections} connections are open, the limit`)
      return
    }
    const release = occupy(cluster, candidate)
    const { record } = this.#connection
    record.tries++
    cluster.connectorTo(
      candidate,
      'tcp',
    )((error, socket) => {
      cluster.record(candidate, socket === null ? 0 : CONNECTED)
      if (socket === null) {
        release()
        this.#failed(cluster, candidate, error)
      } else if (this.#connection.ended) {
        socket.destroy()
        release()
      } else this.#carry(cluster, socket, release)
    })
  }

  #carry({ cluster }: ClusterRuntime, socket: net.Socket, release: () => void): void {
    this.#accept()
    const { idleTimeoutMs = TCP_IDLE_MS, maxConnectionDurationMs = null } = cluster.connectionPool ?? {}
    const limits = { idleMs: idleTimeoutMs, maxDurationMs: maxConnectionDurationMs }
    this.#connection.carry(socket, this.#rest, limits, release)
  }

  #failed(cluster: ClusterRuntime, candidate: Candidate, error: Error | null): void {
    if (this.#connection.ended) return
    this.#tried = alsoExcluded(OTHER_ENDPOINTS, this.#tried, candidate.endpoint.instance)
    const { instances } = this.#tried
    const others = cluster.picker.candidates.some(({ endpoint }) => !instances.includes(endpoint.instance))
    if (others && instances.length < CONNECT_ATTEMPTS) this.#connect(cluster)
    else this.#refuse(RESPONSE_FLAGS.UF, error?.message ?? 'no connection')
  }

  /** Of Istio's keys only the source address is known here. */
  #hash({ cluster }: ClusterRuntime): number | null {
    if (cluster.consistentHash?.on.kind !== 'sourceIp') return null
    return hashOf(this.#connection.downstream.remoteAddress ?? '')
  }

  #describe({ cluster }: ClusterRuntime, candidate: Candidate | null): void {
    const { record } = this.#connection
    const { labels, peer, upstream } = describeDestination(this.#context.self, cluster, candidate)
    record.labels = labels
    this.#say({ peer: peer === '' ? '-' : peer, upstream, cluster: cluster.name })
  }

  #say(words: Partial<CarriedConnection['record']['words']>): void {
    const { record } = this.#connection
    record.words = { ...record.words, ...words }
  }

  #accept(): void {
    if (this.#accepted) return
    this.#accepted = true
    this.#target.accepted()
  }

  #refuse(flag: ResponseFlag, reason: string, status = flag.status): void {
    if (this.#connection.ended) return
    const close = this.#accepted || this.#target.refused(flag, reason, status)
    this.#connection.refuse(flag, reason, close)
  }
}

/** What outlier detection counts a connection that came about as; Envoy maps it to the same. */
const CONNECTED = 200

/** Counts as long as the connection is open. @returns to be called once at its end */
function occupy({ breakers }: ClusterRuntime, { state }: Candidate): () => void {
  breakers.connectionOpened()
  state.activeRequests++
  return () => {
    breakers.connectionClosed()
    state.activeRequests--
  }
}

/** As an operator looks for it: the resource and its route; `default` where no resource speaks. */
function routeWords({ source, name }: TcpRoute): string {
  return source === 'default' ? 'default' : `${source} ${name}`
}
