/** What the Gateway resources of one selector mean for the public ports, plain and TLS, ready to be asked. Replaced as a whole. */
import {
  hostMatches,
  hostOfAuthority,
  matchVirtualHost,
  prepareVirtualHosts,
  type GatewaySnapshot,
  type Reader,
  type RouteTable,
  type VirtualHostTable,
} from '@meshmart/mesh-policy'
import type { InboundPolicies } from '../inbound/inbound-policy.ts'
import type { ClusterRegistry } from '../outbound/cluster-registry.ts'
import { authoritiesOf, NO_TCP, prepareRouting, requireClusters, type RoutingTable } from '../outbound/routing-table.ts'
import { hostOf, TlsServers, type TlsServer } from './tls-servers.ts'

/** Where no resource speaks of the gateway. */
const EVERYBODY = { namespace: '', workload: '', authorizationPolicies: [] }

export class GatewayTable {
  readonly guard: InboundPolicies
  readonly #key: string
  readonly #clusters: ClusterRegistry
  readonly #changed: (servers: readonly TlsServer[]) => void
  #hosts: readonly VirtualHostTable[] = []
  #toHttps: readonly string[] = []
  #trustedProxies = 0
  #tlsServers = new TlsServers([])
  /** By gateway port: what is ended there as TLS. */
  #secureHosts: ReadonlyMap<number, VirtualHostTable> = new Map()
  #passThrough: RoutingTable | null = null
  #clustersByName: RoutingTable['clusters'] | null = null
  /** Joined at the first request for a virtual host, and not for each. */
  #joined = new Map<RouteTable, RoutingTable>()

  /**
   * @param guard what the edge lets in; it is told with each snapshot
   * @param changed is told the TLS servers of each snapshot, before they are found
   */
  constructor(
    key: string,
    clusters: ClusterRegistry,
    guard: InboundPolicies,
    changed: (servers: readonly TlsServer[]) => void,
  ) {
    this.#key = key
    this.#clusters = clusters
    this.guard = guard
    this.#changed = changed
  }

  /** @throws Error that names the route that cannot be prepared; then nothing has changed */
  apply(snapshot: GatewaySnapshot | null): void {
    if (snapshot === null) {
      this.#clusters.release(this.#key)
      this.#hosts = []
      this.#toHttps = []
      this.#trustedProxies = 0
      this.#tlsServers = new TlsServers([])
      this.#secureHosts = new Map()
      this.#passThrough = null
      this.#clustersByName = null
      this.#joined = new Map()
      this.#changed([])
      return
    }
    requireClusters(
      snapshot.virtualHosts.flatMap((virtualHost) => virtualHost.routes),
      snapshot.clusters,
      snapshot.absent,
    )
    // One plain port stands for every HTTP port that Gateway resources name: a laptop cannot open 80, and which number is public is the deployment's matter.
    const plain = snapshot.servers.filter(({ port }) => port.protocol === 'HTTP' || port.protocol === 'HTTP2')
    const ports = new Set(plain.map((server) => server.port.number))
    const { reader } = this.#clusters
    const hosts = [...ports].map((port) => prepareVirtualHosts(snapshot.virtualHosts, port, { ...reader, port }))
    const tlsServers = new TlsServers(snapshot.servers)
    const secureHosts = secureHostsOf(snapshot, tlsServers, reader)
    const passing = prepareRouting([], snapshot.clusters, reader, snapshot)
    this.guard.apply(snapshot.inbound ?? EVERYBODY)
    this.#changed(tlsServers.all)
    this.#hosts = hosts
    this.#toHttps = plain.filter(({ tls }) => tls?.httpsRedirect === true).flatMap((server) => server.hosts.map(hostOf))
    this.#trustedProxies = snapshot.trustedProxies ?? 0
    this.#tlsServers = tlsServers
    this.#secureHosts = secureHosts
    this.#joined = new Map()
    this.#clustersByName = this.#clusters.use(this.#key, snapshot.clusters)
    this.#passThrough = { ...passing, clusters: this.#clustersByName }
  }

  /** Proxies before this one whose word about a request's origin is believed. */
  get trustedProxies(): number {
    return this.#trustedProxies
  }

  get arrived(): boolean {
    return this.#clustersByName !== null
  }

  /** Whether plain requests for this host are sent to https: `Gateway.servers[].tls.httpsRedirect`. */
  redirectsToHttps(authority: string): boolean {
    return this.#toHttps.length > 0 && this.#toHttps.some((host) => hostMatches(host, hostOfAuthority(authority)))
  }

  /** Which server speaks TLS with who asks for a name; null where none does. */
  tlsServer(sni: string | null): TlsServer | null {
    return this.#tlsServers.find(sni)
  }

  /** Routes of what is carried on without being ended; null until a snapshot has come. */
  get passThrough(): RoutingTable | null {
    return this.#passThrough
  }

  /**
   * Whether a request came on a connection that was not made for its host. Stricter than Istio, where a client that needs no certificate for one host of a port
   * may use that connection for another host, whose server asks for one.
   */
  isMisdirected(authority: string, came: TlsServer): boolean {
    return this.#tlsServers.find(hostOfAuthority(authority))?.terms !== came.terms
  }

  /** Routes and clusters for an authority; null where no server speaks for it. @param came through which TLS server; null where it came plain */
  find(authority: string, came: TlsServer | null): RoutingTable | null {
    if (this.#clustersByName === null) return null
    if (came !== null) {
      const hosts = this.#secureHosts.get(this.#tlsServers.find(hostOfAuthority(authority))?.port ?? came.port)
      return hosts === undefined ? null : this.#join(matchVirtualHost(hosts, authority), this.#clustersByName)
    }
    for (const hosts of this.#hosts) {
      const routes = matchVirtualHost(hosts, authority)
      if (routes !== null) return this.#join(routes, this.#clustersByName)
    }
    return null
  }

  #join(routes: RouteTable | null, clusters: RoutingTable['clusters']): RoutingTable | null {
    if (routes === null) return null
    let joined = this.#joined.get(routes)
    if (joined === undefined)
      this.#joined.set(routes, (joined = { routes, authorities: authoritiesOf(routes), tcp: NO_TCP, clusters }))
    return joined
  }
}

function secureHostsOf(
  { virtualHosts }: GatewaySnapshot,
  servers: TlsServers,
  reader: Reader,
): ReadonlyMap<number, VirtualHostTable> {
  const ended = servers.all.filter(({ mode }) => mode !== 'PASSTHROUGH')
  const secure = { ...reader, scheme: 'https' } as const
  return new Map(ended.map(({ port }) => [port, prepareVirtualHosts(virtualHosts, port, { ...secure, port })]))
}
