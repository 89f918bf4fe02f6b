/** The outbound stack. Its order is a decision, not an accident: each layer says why it stands where it stands, and a test holds the order. */
import { Stack, type Layer, type Recorder } from '../stack.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { BalanceLayer } from './balance.ts'
import { ConnectLayer } from './connect.ts'
import type { OutboundExchange } from './outbound-exchange.ts'
import { RetryLayer } from './retry.ts'
import { RouteLayer, type HostDirectory } from './route.ts'
import { TimeoutLayer } from './timeout.ts'

export interface OutboundParts {
  readonly hosts: HostDirectory
  readonly tracer: Tracer
  readonly random: () => number
  readonly recorder: Recorder<OutboundExchange> | null
}

export function outboundStack(parts: OutboundParts): Stack<OutboundExchange> {
  const layers: readonly Layer<OutboundExchange>[] = [
    new RouteLayer(parts.hosts, parts.random), // first: everything below is a property of the route
    new TimeoutLayer(1), // above retry: the time is for all tries together
    new RetryLayer(parts.random), // above balance: each try chooses anew
    new BalanceLayer(), // last decision: an endpoint may vanish at any moment before
    new ConnectLayer(parts.tracer), // the bytes leave
  ]
  return new Stack(layers, parts.recorder)
}
