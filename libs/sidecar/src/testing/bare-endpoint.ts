/** An endpoint that a test controls down to its sockets: mTLS as a sidecar's, HTTP by node, and it can die at any moment. */
import https from 'node:https'
import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import type { Endpoint } from '@meshmart/mesh-policy'
import type { TestAuthority } from './certificates.ts'

export class BareEndpoint {
  readonly endpoint: Endpoint
  /** `METHOD path` of every request whose head arrived. */
  readonly requests: string[]
  readonly #server: https.Server
  readonly #sockets: Set<Socket>

  private constructor(endpoint: Endpoint, server: https.Server, requests: string[], sockets: Set<Socket>) {
    this.endpoint = endpoint
    this.#server = server
    this.requests = requests
    this.#sockets = sockets
  }

  static async listen(
    authority: TestAuthority,
    service: string,
    instance: string,
    listener: RequestListener,
  ): Promise<BareEndpoint> {
    const identity = `spiffe://cluster.local/ns/meshmart/sa/${service}`
    const { key, chain } = await authority.issue(identity)
    const requests: string[] = []
    const sockets = new Set<Socket>()
    const server = https.createServer(
      { key, cert: chain, ca: authority.root, requestCert: true, ALPNProtocols: ['http/1.1'] },
      (request, response) => {
        requests.push(`${request.method} ${request.url}`)
        listener(request, response)
      },
    )
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = address === null || typeof address === 'string' ? 0 : address.port
    const endpoint: Endpoint = {
      instance,
      address: '127.0.0.1',
      ports: { '80': port },
      identity,
      transport: 'mtls',
      labels: {},
      locality: '',
      weight: 1,
    }
    return new BareEndpoint(endpoint, server, requests, sockets)
  }

  /** As by kill -9: nobody listens any more, and every connection is reset. */
  kill(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }
}
