/**
 * One connection of our own codec, whichever side it comes from: heads become exchanges, bodies are pushed on, and the door is told what begins and ends. What
 * a kind of connection has of its own is how its exchanges are made. It decides nothing.
 */
import { DEADLINE_HEADER, parseDeadline } from '@meshmart/mesh-policy'
import { newRequestId, type Exchange } from '../exchange.ts'
import type {
  FieldLines,
  ProtocolError,
  RefusedHead,
  RequestHead,
  ServerConnection,
  ServerHandler,
} from '../http1/index.ts'
import { ReplayableBody } from '../outbound/request-body.ts'
import { removeOwnFields } from '../outbound/request-head.ts'
import type { Stack } from '../stack.ts'
import type { HttpDoor } from './http-door.ts'
import { Tunnel, wantsTunnel } from './tunnel.ts'
import { WireBodySource } from './wire-body.ts'

/** An exchange whose request came on such a connection. */
export interface WireExchange extends Exchange {
  /** The caller has gone. */
  cancel(reason: string): void
  /** The caller may have more of the answer. */
  resumeAnswer(): void
}

export abstract class WireHandler<E extends WireExchange> implements ServerHandler {
  protected readonly wire: ServerConnection
  protected readonly door: HttpDoor
  readonly #stack: Stack<E>
  #exchange: E | null = null
  #body: ReplayableBody | null = null

  constructor(wire: ServerConnection, door: HttpDoor, stack: Stack<E>) {
    this.wire = wire
    this.door = door
    this.#stack = stack
  }

  /** @param tunnel of a request that leaves HTTP; null for all others */
  protected abstract exchangeOf(head: RequestHead, body: ReplayableBody | null, tunnel: Tunnel | null): E

  /** Reads of the fields what only this side believes, before the mesh's own are taken out. */
  protected abstract begin(exchange: E, fields: FieldLines): void

  onRequest(head: RequestHead): void {
    this.#start(head, null)
  }

  onUpgrade(head: RequestHead, rest: Buffer): void {
    this.#start(head, wantsTunnel(head) ? new Tunnel(this.wire, rest) : null)
  }

  onData(chunk: Buffer): void {
    if (this.#body !== null && !this.#body.push(chunk)) this.wire.pause()
  }

  holdsData(): boolean {
    return this.#body === null || this.#body.holdsData
  }

  onEnd(trailers: FieldLines | null): void {
    this.#body?.finish(trailers)
  }

  onDrain(): void {
    this.#exchange?.resumeAnswer()
  }

  onRefused(error: ProtocolError, head: RefusedHead | null): void {
    this.door.refuse(this.wire, error, head, this.#exchange)
  }

  onClosed(reason: string): void {
    this.#exchange?.cancel(`the caller went away: ${reason}`)
    this.door.closed(this.wire)
  }

  #start(head: RequestHead, tunnel: Tunnel | null): void {
    const { fields, length, codings, expectContinue } = head
    const body = length === 0 ? null : new ReplayableBody(length, new WireBodySource(this.wire, head), codings)
    const exchange = this.exchangeOf(head, body, tunnel)
    this.#body = body
    this.#exchange = exchange
    exchange.requestId = fields.get('x-request-id') ?? newRequestId()
    exchange.deadline = parseDeadline(fields.get(DEADLINE_HEADER), Date.now())
    this.begin(exchange, fields)
    removeOwnFields(fields)
    // Said by us where it is met (wire-body.ts), as Envoy does.
    if (expectContinue) fields.remove('expect')
    if (tunnel === null) this.door.begun()
    else this.door.tunnelled(this.wire)
    this.#stack.start(exchange)
  }
}
