/** The ingress stack: the outbound stack from route on, with the edge's own two layers around the route. A test holds the order. */
import type { RequestListener } from 'node:http'
import { BalanceLayer } from '../outbound/balance.ts'
import { ConnectLayer } from '../outbound/connect.ts'
import { RetryLayer } from '../outbound/retry.ts'
import { RouteLayer, type HostDirectory } from '../outbound/route.ts'
import { TimeoutLayer } from '../outbound/timeout.ts'
import { Stack, type Layer, type Recorder } from '../stack.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { DeliverHereLayer } from './deliver-here.ts'
import type { GatewayTable } from './gateway-table.ts'
import type { IngressExchange } from './ingress-exchange.ts'
import { VirtualHostLayer } from './virtual-host.ts'

export interface IngressParts {
  readonly gateway: GatewayTable
  readonly hosts: HostDirectory
  readonly ownHost: string
  readonly listener: RequestListener
  readonly tracer: Tracer
  readonly random: () => number
  readonly recorder: Recorder<IngressExchange> | null
}

export function ingressStack(parts: IngressParts): Stack<IngressExchange> {
  const layers: readonly Layer<IngressExchange>[] = [
    new VirtualHostLayer(parts.gateway), // first: the host chooses the routes
    new RouteLayer(parts.hosts, parts.random), // then the path
    new DeliverHereLayer(parts.ownHost, parts.listener), // before timeout and retry: the application is not a peer
    new TimeoutLayer(3), // from here on as outbound
    new RetryLayer(parts.random),
    new BalanceLayer(),
    new ConnectLayer(parts.tracer),
  ]
  return new Stack(layers, parts.recorder)
}
