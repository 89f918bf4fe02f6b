/**
 * Words and series for where a request went. They are put together once for each endpoint that a picker offers, and found again by that object alone: it is
 * replaced whenever anything that is said of it changes.
 */
import type { Candidate, Cluster, Route } from '@meshmart/mesh-policy'
import { serviceOf } from '../discovery/host-names.ts'
import { isEncrypted } from '../outbound/endpoint-pool.ts'
import { placeWords } from './access-line.ts'
import type { PeerLabels, RequestFamily } from './metrics.ts'
import type { Telemetry } from './telemetry.ts'

export class Destination {
  readonly family: RequestFamily
  readonly #peer: string
  readonly #upstream: string
  readonly #cluster: string
  readonly #places = new WeakMap<Route, string>()
  readonly #withoutRoute: string

  constructor(family: RequestFamily, peer: string, upstream: string, cluster: string) {
    this.family = family
    this.#peer = peer
    this.#upstream = upstream
    this.#cluster = cluster
    this.#withoutRoute = placeWords(peer, upstream, cluster, '-')
  }

  /** For the access log. */
  place(route: Route | null): string {
    if (route === null) return this.#withoutRoute
    let place = this.#places.get(route)
    if (place === undefined) {
      place = placeWords(this.#peer, this.#upstream, this.#cluster, routeWords(route))
      this.#places.set(route, place)
    }
    return place
  }
}

/** Clusters that are remembered without an endpoint; there are as many as hosts that this workload calls. */
const MAX_CLUSTERS = 1000

export class Destinations {
  readonly #telemetry: Telemetry
  readonly #endpoints = new WeakMap<Candidate, Destination>()
  readonly #clusters = new Map<string, Destination>()
  readonly #unknown: Destination

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry
    this.#unknown = this.#make(null, null)
  }

  /** @param cluster null where no route led to one @param candidate null where no endpoint was chosen */
  of(cluster: Cluster | null, candidate: Candidate | null): Destination {
    if (cluster === null) return this.#unknown
    if (candidate === null) return this.#withoutEndpoint(cluster)
    let destination = this.#endpoints.get(candidate)
    if (destination === undefined) {
      destination = this.#make(cluster, candidate)
      this.#endpoints.set(candidate, destination)
    }
    return destination
  }

  #withoutEndpoint(cluster: Cluster): Destination {
    let destination = this.#clusters.get(cluster.name)
    if (destination === undefined) {
      destination = this.#make(cluster, null)
      if (this.#clusters.size >= MAX_CLUSTERS) this.#clusters.clear()
      this.#clusters.set(cluster.name, destination)
    }
    return destination
  }

  #make(cluster: Cluster | null, candidate: Candidate | null): Destination {
    const { self, metrics } = this.#telemetry
    const { labels, peer, upstream } = describeDestination(self, cluster, candidate)
    return new Destination(metrics.family(labels), peer, upstream, cluster?.name ?? '-')
  }
}

/** What is said of where a request, or a connection, went. @returns `peer`: SPIFFE id, empty where none was proved */
export function describeDestination(
  self: Telemetry['self'],
  cluster: Cluster | null,
  candidate: Candidate | null,
): { readonly labels: PeerLabels; readonly peer: string; readonly upstream: string } {
  // Unknown hosts share one series: a caller must not be able to make labels.
  const service = cluster === null ? { name: 'BlackHoleCluster', namespace: 'unknown' } : serviceOf(cluster.host)
  const encrypted = cluster !== null && candidate !== null && isEncrypted(cluster, candidate)
  const peer = encrypted ? candidate.endpoint.identity : ''
  const labels: PeerLabels = {
    reporter: 'source',
    sourceWorkload: self.workload,
    sourceNamespace: self.namespace,
    sourcePrincipal: encrypted ? `spiffe://${self.principal}` : 'unknown',
    destinationWorkload: cluster === null ? 'unknown' : service.name,
    destinationService: cluster === null ? service.name : cluster.host,
    destinationServiceName: service.name,
    destinationNamespace: service.namespace,
    destinationPrincipal: peer === '' ? 'unknown' : peer,
    securityPolicy: 'unknown',
  }
  return { labels, peer, upstream: candidate === null ? '-' : upstreamWords(candidate) }
}

function upstreamWords({ endpoint, port }: Candidate): string {
  return `${endpoint.instance} ${endpoint.address}:${port}`
}

/** As an operator looks for it: the resource and its route; `default` where no resource speaks. */
function routeWords(route: Route): string {
  return route.source === 'default' ? 'default' : `${route.source} ${route.name}`
}
