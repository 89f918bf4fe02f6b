/** The ingress stack: the outbound stack from route on, with the edge's own layers around the route. A test holds the order. */
import type { RequestListener } from 'node:http'
import type { HostDirectory } from '../outbound/route.ts'
import { RouteLayer } from '../outbound/route.ts'
import { beforeCluster, towardsCluster } from '../outbound/stack.ts'
import { Stack, type Layer, type Recorder } from '../stack.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { DeliverHereLayer } from './deliver-here.ts'
import type { GatewayTable } from './gateway-table.ts'
import type { EdgePorts } from './https-redirect.ts'
import type { IngressExchange } from './ingress-exchange.ts'
import { VirtualHostLayer } from './virtual-host.ts'

export interface IngressParts {
  readonly gateway: GatewayTable
  /** Known once both are open. */
  readonly ports: () => EdgePorts
  readonly hosts: HostDirectory
  readonly ownHost: string
  readonly listener: RequestListener
  readonly tracer: Tracer
  readonly random: () => number
  readonly recorder: Recorder<IngressExchange> | null
  /** What the edge asks of whoever comes: authenticate, authorise. */
  readonly guards: readonly Layer<IngressExchange>[]
}

export function ingressStack(parts: IngressParts): Stack<IngressExchange> {
  const layers: Layer<IngressExchange>[] = [
    new VirtualHostLayer(parts.gateway, parts.ports), // first: the host chooses the routes
    ...parts.guards, // before anything that a route does: whoever may not come in learns nothing of it
    new RouteLayer(parts.hosts, parts.random), // then the path; from here on as outbound
    ...beforeCluster(parts),
    new DeliverHereLayer(parts.ownHost, parts.listener), // before timeout and retry: the application is not a peer
  ]
  return new Stack<IngressExchange>([...layers, ...towardsCluster(parts, layers.length)], parts.recorder)
}
