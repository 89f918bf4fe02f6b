/** An end of a connection that a test writes byte by byte: an application on loopback, or an endpoint of the mesh under TLS, that need not keep to HTTP. */
import net, { type AddressInfo, type Socket } from 'node:net'
import tls from 'node:tls'
import type { Endpoint } from '@meshmart/mesh-policy'
import type { TestAuthority } from '../../testing/certificates.ts'

/** What it does with what has come on a connection so far; called with each piece. @param served requests before this one on the connection */
export type Behaviour = (socket: Socket, received: string, served: number, end: WireEnd) => void

export class WireEnd {
  readonly port: number
  /** Called for each head that has come whole, once. */
  behave: Behaviour = (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
  /** Connections that were opened to it. */
  accepted = 0
  /** Connections that the other side has left. */
  closed = 0
  readonly #server: net.Server
  readonly #sockets: Set<Socket>
  /** By the other side's port: a connection under TLS cannot be reset, what it runs on can. */
  readonly #bare = new Map<number, Socket>()

  private constructor(server: net.Server) {
    this.#server = server
    this.#sockets = new Set()
    this.port = (server.address() as AddressInfo).port
  }

  /** An application: plain. */
  static plain(): Promise<WireEnd> {
    return WireEnd.#listen(net.createServer(), 'connection')
  }

  /** An endpoint with the certificate of `identity`. */
  static async secure(authority: TestAuthority, identity: string, options: tls.TlsOptions = {}): Promise<WireEnd> {
    const { key, chain } = await authority.issue(identity)
    const own = { key, cert: chain, ca: authority.root, requestCert: true, ALPNProtocols: ['http/1.1'] }
    return WireEnd.#listen(tls.createServer({ ...own, ...options }), 'secureConnection')
  }

  static async #listen(server: net.Server, ready: string): Promise<WireEnd> {
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const end = new WireEnd(server)
    server.on('connection', (socket: Socket) => end.#bare.set(socket.remotePort ?? 0, socket))
    server.on(ready, (socket: Socket) => end.#serve(socket))
    server.on('tlsClientError', (_error, socket: Socket) => socket.destroy())
    return end
  }

  endpoint(instance: string, identity: string): Endpoint {
    return {
      instance,
      address: '127.0.0.1',
      ports: { '80': this.port },
      identity,
      transport: 'mtls',
      labels: {},
      locality: '',
      weight: 1,
    }
  }

  /** As by kill -9. */
  reset(socket: Socket): void {
    this.#bare.get(socket.remotePort ?? 0)?.resetAndDestroy()
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #serve(socket: Socket): void {
    this.accepted++
    this.#sockets.add(socket)
    let received = ''
    let served = 0
    socket.on('error', () => undefined)
    socket.once('close', () => {
      this.closed++
      this.#sockets.delete(socket)
    })
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1')
      if (!received.includes('\r\n\r\n')) return
      const request = received
      received = ''
      this.behave(socket, request, served++, this)
    })
  }
}
