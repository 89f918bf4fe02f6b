/** Which cluster a request goes to. A host that is met for the first time is asked for; a host that nobody knows is refused and never resolved by DNS. */
import {
  chooseDestination,
  hostOfAuthority,
  matchRoute,
  RESPONSE_FLAGS,
  type PreparedRoute,
} from '@meshmart/mesh-policy'
import { problem } from '../answers.ts'
import { GO_ON, WAIT, type Layer, type RequestVerdict } from '../stack.ts'
import type { OutboundExchange } from './outbound-exchange.ts'
import type { RoutingTable } from './routing-table.ts'

export type HostLookup =
  { readonly kind: 'known'; readonly table: RoutingTable } | { readonly kind: 'unknown'; readonly reason: string }

export interface HostDirectory {
  /** What is known right now; undefined where the host has to be asked for. */
  lookup(host: string): HostLookup | undefined
  /** Asks once for all who wait; calls back when there is an answer. */
  discover(host: string, done: () => void): void
}

/** How long a request waits for a host that is met for the first time, where its own deadline is not earlier. */
const DISCOVERY_MS = 5000

export class RouteLayer implements Layer<OutboundExchange> {
  readonly name = 'route'
  readonly #hosts: HostDirectory
  readonly #random: () => number

  constructor(hosts: HostDirectory, random: () => number) {
    this.#hosts = hosts
    this.#random = random
  }

  request(exchange: OutboundExchange): RequestVerdict {
    if (exchange.malformed) return problem(RESPONSE_FLAGS.DPE, 'the path of the request is not well formed')
    if (exchange.table !== null) return this.#route(exchange, exchange.table)
    const host = hostOfAuthority(exchange.authority)
    const found = this.#hosts.lookup(host)
    if (found !== undefined) return this.#decide(exchange, host, found)
    this.#wait(exchange, host)
    return WAIT
  }

  finish(exchange: OutboundExchange): void {
    if (exchange.discoveryTimer !== null) clearTimeout(exchange.discoveryTimer)
  }

  #decide(exchange: OutboundExchange, host: string, found: HostLookup): RequestVerdict {
    // Istio's BlackHoleCluster.
    if (found.kind === 'unknown') return problem(RESPONSE_FLAGS.NR, found.reason, 502)
    return this.#route(exchange, found.table)
  }

  #wait(exchange: OutboundExchange, host: string): void {
    const left = exchange.deadline === null ? DISCOVERY_MS : Math.min(DISCOVERY_MS, exchange.deadline - Date.now())
    let waiting = true
    const go = (): void => {
      if (!waiting || exchange.ended) return
      waiting = false
      if (exchange.discoveryTimer !== null) clearTimeout(exchange.discoveryTimer)
      const found = this.#hosts.lookup(host)
      const verdict =
        found === undefined
          ? problem(RESPONSE_FLAGS.NC, `nobody answered where ${host} is: the control plane or NATS cannot be reached`)
          : this.#decide(exchange, host, found)
      if (verdict === GO_ON) exchange.resume()
      else if (verdict !== WAIT) exchange.driver?.answer(exchange, verdict, exchange.position - 1)
    }
    exchange.discoveryTimer = setTimeout(go, Math.max(0, left))
    this.#hosts.discover(host, go)
  }

  #route(exchange: OutboundExchange, table: RoutingTable): RequestVerdict {
    const prepared = matchRoute(table.routes, exchange)
    if (prepared === null)
      return problem(
        RESPONSE_FLAGS.NR,
        `no route of ${exchange.authority} fits ${exchange.method} ${exchange.recordedPath}`,
      )
    exchange.table = table
    exchange.prepared = prepared
    exchange.route = prepared.route
    exchange.retryPolicy = prepared.retry
    const destination = chooseDestination(prepared.destinations, this.#random())
    exchange.destination = destination
    // The route's own rewrite comes later and counts more, as in Envoy.
    if (table.authorities !== null && destination !== null)
      exchange.upstreamAuthority = table.authorities.get(destination) ?? exchange.upstreamAuthority
    exchange.cluster = destination === null ? null : (table.clusters.get(destination.cluster) ?? null)
    if (exchange.cluster !== null || answersItself(prepared)) return GO_ON
    const why = destination === null ? 'has no destination' : `leads to ${destination.cluster}, which does not exist`
    return problem(RESPONSE_FLAGS.NC, `route ${prepared.route.name} of ${prepared.route.source} ${why}`)
  }
}

function answersItself({ redirect, route }: PreparedRoute): boolean {
  return redirect !== null || route.directResponse !== undefined
}
