/** The outbound stack. Its order is a decision, not an accident: each layer says why it stands where it stands, and a test holds the order. */
import { Stack, type Layer, type Recorder } from '../stack.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { BalanceLayer } from './balance.ts'
import { ConnectLayer } from './connect.ts'
import { CorsLayer } from './cors.ts'
import { DirectAnswerLayer } from './direct-answer.ts'
import { FaultLayer } from './fault.ts'
import { MirrorLayer } from './mirror.ts'
import type { OutboundExchange } from './outbound-exchange.ts'
import { RetryLayer } from './retry.ts'
import { RewriteLayer } from './rewrite.ts'
import { RouteLayer, type HostDirectory } from './route.ts'
import { TimeoutLayer } from './timeout.ts'

export interface OutboundParts {
  readonly hosts: HostDirectory
  readonly tracer: Tracer
  readonly random: () => number
  readonly recorder: Recorder<OutboundExchange> | null
}

export function outboundStack(parts: OutboundParts): Stack<OutboundExchange> {
  const layers = [new RouteLayer(parts.hosts, parts.random), ...beforeCluster(parts), ...towardsCluster(parts, 6)]
  return new Stack<OutboundExchange>(layers, parts.recorder)
}

/** What is a property of the route and needs no cluster yet. */
export function beforeCluster({ tracer, random }: Pick<OutboundParts, 'tracer' | 'random'>): Layer<OutboundExchange>[] {
  return [
    new CorsLayer(), // above everything that answers: every answer of the route gets its fields
    new FaultLayer(random), // above the answer of the route itself, which may fail too, and above the time that the service has
    new DirectAnswerLayer(), // from here on there is a destination
    new RewriteLayer(), // above mirror: a copy leaves as the original does
    new MirrorLayer(tracer, random), // above retry: one copy, however many tries
  ]
}

/** @param position of the first of them in its stack */
export function towardsCluster(
  { tracer, random }: Pick<OutboundParts, 'tracer' | 'random'>,
  position: number,
): Layer<OutboundExchange>[] {
  return [
    new TimeoutLayer(position), // above retry: the time is for all tries together
    new RetryLayer(random), // above balance: each try chooses anew
    new BalanceLayer(random), // last decision: an endpoint may vanish at any moment before
    new ConnectLayer(tracer), // the bytes leave
  ]
}
