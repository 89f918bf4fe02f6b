/** The outbound end of the process placement: one connection of the application, on loopback. */
import type { FieldLines, RequestHead, ServerConnection } from '../http1/index.ts'
import type { OutboundExchange } from '../outbound/outbound-exchange.ts'
import type { ReplayableBody } from '../outbound/request-body.ts'
import type { Stack } from '../stack.ts'
import { incomingTrace } from '../telemetry/incoming-trace.ts'
import { newTraceId, type TraceContext } from '../telemetry/trace-context.ts'
import { ConnectTarget } from '../tcp/connect-target.ts'
import type { OutboundTcp } from '../tcp/outbound-tcp.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import type { HttpDoor } from './http-door.ts'
import type { Tunnel } from './tunnel.ts'
import { WireConnect } from './wire-connect.ts'
import { WireHandler } from './wire-handler.ts'
import { WireOutboundExchange } from './wire-outbound-exchange.ts'
import { WireTunnel } from './wire-tunnel.ts'

export interface OutboundEnds {
  readonly stack: Stack<OutboundExchange>
  readonly tracer: Tracer
  /** Carries what follows CONNECT. */
  readonly tcp: OutboundTcp
}

export class WireOutboundHandler extends WireHandler<WireOutboundExchange> {
  readonly #ends: OutboundEnds

  constructor(wire: ServerConnection, door: HttpDoor, ends: OutboundEnds) {
    super(wire, door, ends.stack)
    this.#ends = ends
  }

  override onUpgrade(head: RequestHead, rest: Buffer): void {
    if (head.method !== 'CONNECT') {
      super.onUpgrade(head, rest)
      return
    }
    const target = new ConnectTarget(head.target, new WireConnect(this.wire, this.door))
    this.#ends.tcp.carry(this.wire.socket, rest, target)
  }

  protected exchangeOf(head: RequestHead, body: ReplayableBody | null, tunnel: Tunnel | null): WireOutboundExchange {
    const exchange = new WireOutboundExchange(head, body, this.wire, this.door)
    if (tunnel !== null) exchange.tunnel = new WireTunnel(tunnel)
    return exchange
  }

  /** The span of this hop is made by each try; what the application says is its parent, and where it says nothing a trace begins. */
  protected begin(exchange: WireOutboundExchange, fields: FieldLines): void {
    const came = incomingTrace(fields, this.#ends.tracer)
    exchange.trace = came !== null && came.spanId !== '' ? came : this.#newTrace(came)
  }

  #newTrace(came: TraceContext | null): TraceContext {
    return {
      traceId: came === null ? newTraceId() : came.traceId,
      spanId: '',
      sampled: came === null ? this.#ends.tracer.sample('client') : came.sampled,
      tracestate: null,
      baggage: null,
      random: came === null,
      parentSpanId: null,
    }
  }
}
