/**
 * One listener's worth of connections that speak HTTP through our own codec: counts what is in flight, refuses what is no HTTP with the same answer and the same
 * line in the log as everywhere else, and closes in good order.
 */
import type net from 'node:net'
import { overflow, protocolError } from '../answers.ts'
import type { Exchange } from '../exchange.ts'
import { ServerConnection, type Http1Limits, type ProtocolError, type ServerHandler } from '../http1/index.ts'
import { InFlight } from '../in-flight.ts'
import type { MeshProblemCode } from '../problem-catalogue.ts'
import type { Answer } from '../stack.ts'
import { WireSink } from './wire-sink.ts'

export interface HttpDoorParts {
  readonly limits: Http1Limits
  /** The end that turns a connection's heads into exchanges. */
  readonly end: (connection: ServerConnection, door: HttpDoor) => ServerHandler
  /** For what never became an exchange. */
  readonly recordRefusal: (method: string, path: string, answer: Answer, socket: net.Socket) => void
}

export class HttpDoor {
  readonly #parts: HttpDoorParts
  readonly #connections = new Set<ServerConnection>()
  readonly #tunnels = new Set<net.Socket>()
  readonly #inFlight = new InFlight()
  #draining = false

  constructor(parts: HttpDoorParts) {
    this.#parts = parts
  }

  /** A socket that is ready to be read: for TLS, after the handshake. */
  accept(socket: net.Socket): void {
    const { maxConnections } = this.#parts.limits
    if (this.#connections.size >= maxConnections) {
      const reason = `${maxConnections} connections are open, and there may be no more`
      // Closed without a word, as Envoy does: an answer would have to be waited for.
      this.#parts.recordRefusal('-', '-', { ...overflow(reason), status: 0, headers: {}, body: '' }, socket)
      socket.destroy()
      return
    }
    const connection = new ServerConnection(socket, this.#parts.limits, (it) => this.#parts.end(it, this))
    this.#connections.add(connection)
    if (this.#draining) connection.drain()
  }

  get connections(): number {
    return this.#connections.size
  }
  get inFlight(): number {
    return this.#inFlight.count
  }

  begun(): void {
    this.#inFlight.begun()
  }
  over(): void {
    this.#inFlight.over()
  }
  closed(connection: ServerConnection): void {
    this.#connections.delete(connection)
  }
  /** It leaves HTTP. A drain does not wait for its end, which nobody knows; `destroy` ends it. */
  tunnelled(connection: ServerConnection): void {
    const { socket } = connection
    this.#connections.delete(connection)
    this.#tunnels.add(socket)
    socket.once('close', () => this.#tunnels.delete(socket))
  }

  /** @param open the exchange that the connection carries; what is wrong may be its body */
  refuse(
    connection: ServerConnection,
    error: ProtocolError,
    head: { readonly method: string; readonly target: string } | null,
    open: Exchange | null,
  ): void {
    const { code, reason, status } = describe(error)
    const answer = protocolError(status, code, reason, 'en')
    const broken = open !== null && !open.ended ? open : null
    if (broken === null) {
      const path = head === null ? '-' : (head.target.split('?')[0] ?? '-')
      this.#parts.recordRefusal(head?.method ?? '-', path, answer, connection.socket)
    } else broken.breakOff(answer)
    if (!connection.responded) new WireSink(connection, head?.method ?? '-', '').answer(answer)
  }

  /** No connection begins another request. */
  drain(): void {
    this.#draining = true
    for (const connection of this.#connections) connection.drain()
  }

  /** Resolves when no request is in flight, at the latest after `limitMs`. @returns how many were left */
  quiet(limitMs: number): Promise<number> {
    return this.#inFlight.quiet(limitMs)
  }

  destroy(): void {
    for (const connection of this.#connections) connection.destroy()
    for (const socket of this.#tunnels) socket.destroy()
  }
}

function describe(error: ProtocolError): { status: number; code: MeshProblemCode; reason: string } {
  const { status, reason } = error
  if (status === 408) return { status, code: 'mesh-request-timeout', reason }
  if (status === 431 || status === 414) return { status, code: 'mesh-head-too-large', reason }
  return { status, code: 'mesh-dpe', reason }
}
