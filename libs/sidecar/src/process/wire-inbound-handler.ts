/** The inbound end of the process placement: one connection of a peer. It turns heads into exchanges and decides nothing. */
import { DEADLINE_HEADER, parseDeadline } from '@meshmart/mesh-policy'
import { newRequestId } from '../exchange.ts'
import type { FieldLines, ProtocolError, RequestHead, ServerConnection, ServerHandler } from '../http1/index.ts'
import type { InboundConnection } from '../inbound/inbound-connection.ts'
import { ReplayableBody } from '../outbound/request-body.ts'
import { removeOwnFields } from '../outbound/request-head.ts'
import type { Stack } from '../stack.ts'
import { incomingTrace } from '../telemetry/incoming-trace.ts'
import { beginServerSpan } from '../telemetry/server-span.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { CLIENT_CERT_HEADER } from './app-request-head.ts'
import type { HttpDoor } from './http-door.ts'
import { Tunnel, wantsTunnel } from './tunnel.ts'
import { WireBodySource } from './wire-body.ts'
import { WireInboundExchange } from './wire-inbound-exchange.ts'
import { WireSink } from './wire-sink.ts'

export interface InboundEnds {
  readonly stack: Stack<WireInboundExchange>
  readonly tracer: Tracer
  /** Field lines that every response carries, each ending in CRLF. */
  readonly ownLines: string
}

export class WireInboundHandler implements ServerHandler {
  readonly #wire: ServerConnection
  readonly #connection: InboundConnection
  readonly #door: HttpDoor
  readonly #ends: InboundEnds
  #exchange: WireInboundExchange | null = null
  #body: ReplayableBody | null = null

  constructor(wire: ServerConnection, connection: InboundConnection, door: HttpDoor, ends: InboundEnds) {
    this.#wire = wire
    this.#connection = connection
    this.#door = door
    this.#ends = ends
  }

  onRequest(head: RequestHead): void {
    this.#begin(head, null)
  }

  onUpgrade(head: RequestHead, rest: Buffer): void {
    this.#begin(head, wantsTunnel(head) ? new Tunnel(this.#wire, rest) : null)
  }

  onData(chunk: Buffer): void {
    if (this.#body !== null && !this.#body.push(chunk)) this.#wire.pause()
  }

  holdsData(): boolean {
    return this.#body === null || this.#body.holdsData
  }

  onEnd(trailers: FieldLines | null): void {
    this.#body?.finish(trailers)
  }

  onDrain(): void {
    this.#exchange?.call?.resume()
  }

  onRefused(error: ProtocolError, head: { readonly method: string; readonly target: string } | null): void {
    this.#door.refuse(this.#wire, error, head, this.#exchange)
  }

  onClosed(reason: string): void {
    this.#exchange?.cancel(`the caller went away: ${reason}`)
    this.#door.closed(this.#wire)
  }

  #begin(head: RequestHead, tunnel: Tunnel | null): void {
    const wire = this.#wire
    const { fields } = head
    const body =
      head.length === 0 ? null : new ReplayableBody(head.length, new WireBodySource(wire, head.expectContinue), head.codings)
    const sink = new WireSink(wire, head.method, this.#ends.ownLines)
    const exchange = new WireInboundExchange(head, body, sink, this.#connection, wire, this.#door)
    this.#body = body
    this.#exchange = exchange
    exchange.tunnel = tunnel
    exchange.requestId = fields.get('x-request-id') ?? newRequestId()
    exchange.deadline = parseDeadline(fields.get(DEADLINE_HEADER), Date.now())
    beginServerSpan(exchange, wire, incomingTrace(fields, this.#ends.tracer), this.#ends.tracer)
    removeOwnFields(fields)
    fields.remove(CLIENT_CERT_HEADER)
    // Said by us where it is met (wire-body.ts), as Envoy does.
    if (head.expectContinue) fields.remove('expect')
    if (tunnel === null) this.#door.begun()
    else this.#door.tunnelled(wire)
    this.#ends.stack.start(exchange)
  }
}
