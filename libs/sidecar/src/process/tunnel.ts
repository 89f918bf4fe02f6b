/**
 * A connection that leaves HTTP: WebSocket. The layers decide about its opening request as about any other; what follows is carried by `http-proxy` (here its
 * maintained successor under that name, ADR 9), over a connection that the mesh has opened and checked.
 */
import http from 'node:http'
import type net from 'node:net'
import type { Duplex } from 'node:stream'
import type { Connector, FieldLines, RequestHead, ServerConnection } from '../http1/index.ts'
import { reasonOf } from '../log.ts'

export interface TunnelOutcome {
  /** 101, what the other end answered instead, or 0 where no connection came about. */
  readonly status: number
  readonly bytesReceived: number
  readonly bytesSent: number
  /** In words; null where it ended in good order. */
  readonly failure: string | null
}

/** Only this protocol is carried on; a request for another is answered as if it had asked for none (RFC 9110, 7.8). */
export function wantsTunnel(head: RequestHead): boolean {
  return head.method === 'GET' && head.upgrade?.toLowerCase() === 'websocket'
}

export class Tunnel {
  readonly #connection: ServerConnection
  readonly #rest: Buffer

  /** @param rest bytes behind the head that were read already */
  constructor(connection: ServerConnection, rest: Buffer) {
    this.#connection = connection
    this.#rest = rest
  }

  /**
   * @param target as it leaves @param fields end-to-end lines as they leave, with Host
   * @param over once, when both ends are closed
   */
  open(target: string, fields: FieldLines, connect: Connector, over: (outcome: TunnelOutcome) => void): void {
    const { socket } = this.#connection
    const readBefore = socket.bytesRead - this.#rest.length
    const writtenBefore = socket.bytesWritten
    let status = 0
    let failure: string | null = null
    const fail = (error: unknown): void => {
      failure = reasonOf(error)
      if (status === 0 && socket.writable) socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n')
    }
    this.#connection.detach()
    // Whoever closes its side of a WebSocket has closed it: there is nothing left that a half-open one could carry.
    socket.allowHalfOpen = false
    socket.once('close', () => {
      const bytesReceived = socket.bytesRead - readBefore
      over({ status, bytesReceived, bytesSent: socket.bytesWritten - writtenBefore, failure })
    })
    // With the first tunnel: most processes never carry one.
    import('http-proxy').then(({ default: httpProxy }) => {
      const proxy = httpProxy.createProxyServer()
      proxy.on('proxyReqWs', (request) => {
        request.once('response', (response) => (status = response.statusCode ?? 0))
        request.once('upgrade', () => (status = 101))
      })
      // The host is the agent's business; what stands here is never resolved.
      const options = { target: { host: 'mesh', port: 80 }, agent: new OneConnection(connect) }
      proxy.ws(requestOf(socket, target, fields), socket, this.#rest, options, fail)
    }, fail)
  }
}

/** What `http-proxy` reads of a request: node's object, filled with what our own codec has read. */
function requestOf(socket: net.Socket, target: string, fields: FieldLines): http.IncomingMessage {
  const request = new http.IncomingMessage(socket)
  request.method = 'GET'
  request.url = target
  request.httpVersion = '1.1'
  const headers: http.IncomingHttpHeaders = {}
  fields.forEach((name, value) => {
    const key = name.toLowerCase()
    const before = headers[key]
    headers[key] = before === undefined ? value : `${String(before)}, ${value}`
  })
  request.headers = { ...headers, connection: 'Upgrade', upgrade: 'websocket' }
  return request
}

class OneConnection extends http.Agent {
  readonly #connect: Connector

  constructor(connect: Connector) {
    super({ keepAlive: false })
    this.#connect = connect
  }

  override createConnection(
    _options: http.ClientRequestArgs,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    // Node passes the error alone where there is no socket, which its type does not say.
    this.#connect((error, socket) => callback?.(error, socket as net.Socket))
  }
}
