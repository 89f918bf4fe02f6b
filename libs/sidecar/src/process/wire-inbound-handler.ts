/** The inbound end of the process placement: one connection of a peer. */
import type { FieldLines, RequestHead, ServerConnection } from '../http1/index.ts'
import type { InboundConnection } from '../inbound/inbound-connection.ts'
import type { ReplayableBody } from '../outbound/request-body.ts'
import type { Stack } from '../stack.ts'
import { incomingTrace } from '../telemetry/incoming-trace.ts'
import { beginServerSpan } from '../telemetry/server-span.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { CLIENT_CERT_HEADER } from './app-request-head.ts'
import type { HttpDoor } from './http-door.ts'
import type { Tunnel } from './tunnel.ts'
import { WireHandler } from './wire-handler.ts'
import { WireInboundExchange } from './wire-inbound-exchange.ts'
import { WireSink } from './wire-sink.ts'

export interface InboundEnds {
  readonly stack: Stack<WireInboundExchange>
  readonly tracer: Tracer
  /** Field lines that every response carries, each ending in CRLF. */
  readonly ownLines: string
}

export class WireInboundHandler extends WireHandler<WireInboundExchange> {
  readonly #connection: InboundConnection
  readonly #ends: InboundEnds

  constructor(wire: ServerConnection, connection: InboundConnection, door: HttpDoor, ends: InboundEnds) {
    super(wire, door, ends.stack)
    this.#connection = connection
    this.#ends = ends
  }

  protected exchangeOf(head: RequestHead, body: ReplayableBody | null, tunnel: Tunnel | null): WireInboundExchange {
    const sink = new WireSink(this.wire, head.method, this.#ends.ownLines)
    const exchange = new WireInboundExchange(head, body, sink, this.#connection, this.wire, this.door)
    exchange.tunnel = tunnel
    return exchange
  }

  protected begin(exchange: WireInboundExchange, fields: FieldLines): void {
    const { tracer } = this.#ends
    beginServerSpan(exchange, this.wire, incomingTrace(fields, tracer), tracer)
    fields.remove(CLIENT_CERT_HEADER)
  }
}
