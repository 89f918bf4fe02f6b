/**
 * The public TLS port: one stands for every TLS port that Gateway resources name. Which server a connection is for is read from its ClientHello before anything is
 * answered; then it is ended here and goes on as HTTP, or it is carried on as it is (PASSTHROUGH). Who is for nobody is told so, in TLS' own words.
 */
import net, { type Socket } from 'node:net'
import { Refusals } from '../inbound/refusals.ts'
import type { SidecarLog } from '../log.ts'
import type { AccessLog } from '../telemetry/access-log.ts'
import { readClientHello } from '../tcp/client-hello.ts'
import { peekServerName } from '../tcp/server-name.ts'
import type { GatewayTable } from './gateway-table.ts'
import { listen, type PublicPort } from './listen.ts'
import type { TlsServer } from './tls-servers.ts'

export const HANDSHAKE_TIMEOUT_MS = 10_000
const MAX_CONNECTIONS = 20_000
/** Alert, TLS 1.2, two bytes: fatal, unrecognized_name (RFC 6066, 3). */
const UNRECOGNIZED_NAME = Buffer.from([0x15, 3, 3, 0, 2, 2, 112])
/** How long the client has to read that. */
const LINGER_MS = 1000
const NOTHING = Buffer.alloc(0)

export interface TlsEdgeParts extends PublicPort {
  readonly gateway: GatewayTable
  readonly terminate: (socket: Socket, server: TlsServer) => void
  /** @param rest what was read of it */
  readonly passThrough: (socket: Socket, server: TlsServer, sni: string | null, rest: Buffer) => void
  readonly log: SidecarLog
  readonly accessLog: AccessLog
}

export class TlsEdge {
  readonly #parts: TlsEdgeParts
  readonly #server: net.Server
  readonly #sockets = new Set<Socket>()
  readonly #refusals: Refusals

  constructor(parts: TlsEdgeParts) {
    this.#parts = parts
    this.#refusals = new Refusals({
      direction: 'ingress',
      port: parts.port,
      log: parts.log,
      accessLog: parts.accessLog,
    })
    this.#server = net.createServer({ noDelay: true }, (socket) => this.#open(socket))
    this.#server.maxConnections = MAX_CONNECTIONS
    this.#server.on('drop', (dropped) =>
      this.#refusals.refused(dropped?.remoteAddress, `${MAX_CONNECTIONS} connections are open`, Date.now()),
    )
  }

  /** Connections that came to nothing, since start. */
  get refused(): number {
    return this.#refusals.count
  }

  /** @throws Error that names the setting where the port is taken. @returns the port */
  listen(): Promise<number> {
    return listen(this.#server, this.#parts, 'PUBLIC_TLS_PORT')
  }

  refuse(socket: Socket, reason: string): void {
    this.#refusals.refused(socket.remoteAddress, reason, Date.now())
  }

  /** No new connections; those that are open stay. */
  stop(): void {
    if (this.#server.listening) this.#server.close()
  }

  destroy(): void {
    this.stop()
    for (const socket of this.#sockets) socket.destroy()
  }

  #open(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    // Whoever it is given to has its own; until then a reset is nobody's failure.
    socket.on('error', () => undefined)
    peekServerName(socket, NOTHING, HANDSHAKE_TIMEOUT_MS, (peeked) => {
      if (peeked === null) socket.destroy()
      else this.#route(socket, peeked.sni, peeked.rest)
    })
  }

  #route(socket: Socket, sni: string | null, rest: Buffer): void {
    const { kind } = readClientHello(rest)
    if (kind !== 'hello') {
      this.refuse(socket, kind === 'not-tls' ? 'no TLS' : `no whole ClientHello within ${HANDSHAKE_TIMEOUT_MS} ms`)
      socket.destroy()
      return
    }
    const { gateway, terminate, passThrough } = this.#parts
    const server = gateway.tlsServer(sni)
    if (server === null) {
      const name = sni === null ? 'a client that names no server' : sni
      this.refuse(socket, gateway.arrived ? `no TLS server of a Gateway speaks for ${name}` : 'no Gateway has come yet')
      socket.setTimeout(LINGER_MS, () => socket.destroy())
      socket.end(UNRECOGNIZED_NAME)
      socket.resume()
    } else if (server.mode === 'PASSTHROUGH') passThrough(socket, server, sni, rest)
    else {
      socket.unshift(rest)
      terminate(socket, server)
    }
  }
}
