/** What the Gateway resources of one selector mean for one port, ready to be asked. Replaced as a whole. */
import {
  matchVirtualHost,
  prepareVirtualHosts,
  type GatewaySnapshot,
  type VirtualHostTable,
} from '@meshmart/mesh-policy'
import type { RouteTable } from '@meshmart/mesh-policy'
import type { ClusterRegistry } from '../outbound/cluster-registry.ts'
import { prepareRouting, type RoutingTable } from '../outbound/routing-table.ts'

export class GatewayTable {
  readonly #key: string
  readonly #clusters: ClusterRegistry
  #hosts: readonly VirtualHostTable[] = []
  #routing: RoutingTable | null = null
  /** Joined at the first request for a virtual host, and not for each. */
  #joined = new Map<RouteTable, RoutingTable>()

  constructor(key: string, clusters: ClusterRegistry) {
    this.#key = key
    this.#clusters = clusters
  }

  /** @throws Error that names the route that cannot be prepared; then nothing has changed */
  apply(snapshot: GatewaySnapshot | null): void {
    if (snapshot === null) {
      this.#clusters.release(this.#key)
      this.#hosts = []
      this.#routing = null
      this.#joined = new Map()
      return
    }
    const routes = snapshot.virtualHosts.flatMap((virtualHost) => virtualHost.routes)
    const prepared = prepareRouting(routes, snapshot.clusters)
    // One plain port stands for every HTTP port that Gateway resources name: a laptop cannot open 80, and which number is public is the deployment's matter.
    const ports = new Set(
      snapshot.servers
        .filter((server) => server.port.protocol === 'HTTP' || server.port.protocol === 'HTTP2')
        .map((server) => server.port.number),
    )
    this.#hosts = [...ports].map((port) => prepareVirtualHosts(snapshot.virtualHosts, port))
    this.#joined = new Map()
    this.#routing = { ...prepared, clusters: this.#clusters.use(this.#key, snapshot.clusters) }
  }

  get arrived(): boolean {
    return this.#routing !== null
  }

  /** Routes and clusters for an authority; null where no server speaks for it. */
  find(authority: string): RoutingTable | null {
    if (this.#routing === null) return null
    for (const hosts of this.#hosts) {
      const routes: RouteTable | null = matchVirtualHost(hosts, authority)
      if (routes === null) continue
      let joined = this.#joined.get(routes)
      if (joined === undefined) this.#joined.set(routes, (joined = { ...this.#routing, routes }))
      return joined
    }
    return null
  }
}
