/** What the Gateway resources of one selector mean for one port, ready to be asked. Replaced as a whole. */
import {
  hostMatches,
  hostOfAuthority,
  matchVirtualHost,
  prepareVirtualHosts,
  type GatewaySnapshot,
  type VirtualHostTable,
} from '@meshmart/mesh-policy'
import type { RouteTable } from '@meshmart/mesh-policy'
import type { InboundPolicies } from '../inbound/inbound-policy.ts'
import type { ClusterRegistry } from '../outbound/cluster-registry.ts'
import { NO_TCP, requireClusters, type RoutingTable } from '../outbound/routing-table.ts'

/** Where no resource speaks of the gateway. */
const EVERYBODY = { namespace: '', workload: '', authorizationPolicies: [] }

export class GatewayTable {
  readonly guard: InboundPolicies
  readonly #key: string
  readonly #clusters: ClusterRegistry
  #hosts: readonly VirtualHostTable[] = []
  #toHttps: readonly string[] = []
  #clustersByName: RoutingTable['clusters'] | null = null
  /** Joined at the first request for a virtual host, and not for each. */
  #joined = new Map<RouteTable, RoutingTable>()

  /** @param guard what the edge lets in; it is told with each snapshot */
  constructor(key: string, clusters: ClusterRegistry, guard: InboundPolicies) {
    this.#key = key
    this.#clusters = clusters
    this.guard = guard
  }

  /** @throws Error that names the route that cannot be prepared; then nothing has changed */
  apply(snapshot: GatewaySnapshot | null): void {
    if (snapshot === null) {
      this.#clusters.release(this.#key)
      this.#hosts = []
      this.#toHttps = []
      this.#clustersByName = null
      this.#joined = new Map()
      return
    }
    requireClusters(
      snapshot.virtualHosts.flatMap((virtualHost) => virtualHost.routes),
      snapshot.clusters,
    )
    // One plain port stands for every HTTP port that Gateway resources name: a laptop cannot open 80, and which number is public is the deployment's matter.
    const plain = snapshot.servers.filter(({ port }) => port.protocol === 'HTTP' || port.protocol === 'HTTP2')
    const ports = new Set(plain.map((server) => server.port.number))
    const { reader } = this.#clusters
    const hosts = [...ports].map((port) => prepareVirtualHosts(snapshot.virtualHosts, port, { ...reader, port }))
    this.guard.apply(snapshot.inbound ?? EVERYBODY)
    this.#hosts = hosts
    this.#toHttps = plain.filter(({ tls }) => tls?.httpsRedirect === true).flatMap((server) => server.hosts.map(hostOf))
    this.#joined = new Map()
    this.#clustersByName = this.#clusters.use(this.#key, snapshot.clusters)
  }

  get arrived(): boolean {
    return this.#clustersByName !== null
  }

  /** Whether plain requests for this host are sent to https: `Gateway.servers[].tls.httpsRedirect`. */
  redirectsToHttps(authority: string): boolean {
    return this.#toHttps.length > 0 && this.#toHttps.some((host) => hostMatches(host, hostOfAuthority(authority)))
  }

  /** Routes and clusters for an authority; null where no server speaks for it. */
  find(authority: string): RoutingTable | null {
    if (this.#clustersByName === null) return null
    for (const hosts of this.#hosts) {
      const routes: RouteTable | null = matchVirtualHost(hosts, authority)
      if (routes === null) continue
      let joined = this.#joined.get(routes)
      if (joined === undefined) this.#joined.set(routes, (joined = { routes, tcp: NO_TCP, clusters: this.#clustersByName }))
      return joined
    }
    return null
  }
}

/** A Gateway may write `namespace/host`: which namespace's VirtualServices may bind to it is the control plane's matter. */
function hostOf(host: string): string {
  return host.slice(host.indexOf('/') + 1).toLowerCase()
}
