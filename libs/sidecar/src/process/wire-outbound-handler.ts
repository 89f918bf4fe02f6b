/** The outbound end of the process placement: one connection of the application, on loopback. It turns heads into exchanges and decides nothing. */
import { DEADLINE_HEADER, parseDeadline } from '@meshmart/mesh-policy'
import { newRequestId } from '../exchange.ts'
import type { FieldLines, ProtocolError, RequestHead, ServerConnection, ServerHandler } from '../http1/index.ts'
import { OutboundExchange, type ResponseSink } from '../outbound/outbound-exchange.ts'
import { ReplayableBody } from '../outbound/request-body.ts'
import { removeOwnFields } from '../outbound/request-head.ts'
import type { Stack } from '../stack.ts'
import { incomingTrace } from '../telemetry/incoming-trace.ts'
import { newTraceId, type TraceContext } from '../telemetry/trace-context.ts'
import { ConnectTarget } from '../tcp/connect-target.ts'
import type { OutboundTcp } from '../tcp/outbound-tcp.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import type { HttpDoor } from './http-door.ts'
import { Tunnel, wantsTunnel } from './tunnel.ts'
import { WireBodySource } from './wire-body.ts'
import { WireConnect } from './wire-connect.ts'
import { WireSink } from './wire-sink.ts'
import { WireTunnel } from './wire-tunnel.ts'

export interface OutboundEnds {
  readonly stack: Stack<OutboundExchange>
  readonly tracer: Tracer
  /** Carries what follows CONNECT. */
  readonly tcp: OutboundTcp
}

export class WireOutboundHandler implements ServerHandler {
  readonly #connection: ServerConnection
  readonly #door: HttpDoor
  readonly #ends: OutboundEnds
  #exchange: WireOutboundExchange | null = null
  #body: ReplayableBody | null = null

  constructor(connection: ServerConnection, door: HttpDoor, ends: OutboundEnds) {
    this.#connection = connection
    this.#door = door
    this.#ends = ends
  }

  onRequest(head: RequestHead): void {
    this.#begin(head, null)
  }

  onUpgrade(head: RequestHead, rest: Buffer): void {
    if (head.method === 'CONNECT') {
      const target = new ConnectTarget(head.target, new WireConnect(this.#connection, this.#door))
      this.#ends.tcp.carry(this.#connection.socket, rest, target)
      return
    }
    this.#begin(head, wantsTunnel(head) ? new Tunnel(this.#connection, rest) : null)
  }

  onData(chunk: Buffer): void {
    if (this.#body !== null && !this.#body.push(chunk)) this.#connection.pause()
  }

  holdsData(): boolean {
    return this.#body === null || this.#body.holdsData
  }

  onEnd(trailers: FieldLines | null): void {
    this.#body?.finish(trailers)
  }

  onDrain(): void {
    this.#exchange?.attempt?.resume()
  }

  onRefused(error: ProtocolError, head: { readonly method: string; readonly target: string } | null): void {
    this.#door.refuse(this.#connection, error, head, this.#exchange)
  }

  onClosed(reason: string): void {
    this.#exchange?.cancel(`the caller went away: ${reason}`)
    this.#door.closed(this.#connection)
  }

  #begin(head: RequestHead, tunnel: Tunnel | null): void {
    const connection = this.#connection
    const { fields } = head
    const body =
      head.length === 0 ? null : new ReplayableBody(head.length, new WireBodySource(connection, head.expectContinue))
    const sink = new WireSink(connection, head.method, '')
    const exchange = new WireOutboundExchange(head, body, sink, connection.remoteAddress, this.#door)
    this.#body = body
    this.#exchange = exchange
    if (tunnel !== null) exchange.tunnel = new WireTunnel(tunnel)
    exchange.trace = this.#traceOf(fields)
    exchange.requestId = fields.get('x-request-id') ?? newRequestId()
    exchange.deadline = parseDeadline(fields.get(DEADLINE_HEADER), Date.now())
    removeOwnFields(fields)
    // Said by us where it is met (wire-body.ts), as Envoy does.
    if (head.expectContinue) fields.remove('expect')
    if (tunnel === null) this.#door.begun()
    else this.#door.tunnelled(connection)
    this.#ends.stack.start(exchange)
  }

  /** The span of this hop is made by each try; what the application says is its parent, and where it says nothing a trace begins. */
  #traceOf(fields: FieldLines): TraceContext {
    const came = incomingTrace(fields, this.#ends.tracer)
    if (came !== null && came.spanId !== '') return came
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

/** Tells its door when it is over, so that a drain knows what is still in flight. */
class WireOutboundExchange extends OutboundExchange {
  readonly #door: HttpDoor

  constructor(head: RequestHead, body: ReplayableBody | null, sink: ResponseSink, sourceIp: string, door: HttpDoor) {
    super(head.method, head.target, head.host, head.fields, body, sink, sourceIp)
    this.#door = door
  }

  override end(): void {
    if (this.ended) return
    super.end()
    if (this.tunnel === null) this.#door.over()
  }
}
