/**
 * The door of a workload: TLS 1.3, a client certificate of our own trust domain or nothing. Who is refused is logged with the reason, because "connection
 * reset" alone sends people searching. Accepted sockets go to whatever http.Server the application made; that server never listens itself.
 */
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import { peerIdentityOf, type PeerIdentity } from '../identity/peer-identity.ts'
import { secureContextOptions, type WorkloadIdentity } from '../identity/workload-identity.ts'
import type { SidecarLog } from '../log.ts'
import type { PeerDirectory } from './identify.ts'

const HANDSHAKE_TIMEOUT_MS = 10_000

export class TlsListener implements PeerDirectory {
  readonly #server: tls.Server
  readonly #identity: WorkloadIdentity
  readonly #log: SidecarLog
  readonly #sockets = new Set<tls.TLSSocket>()
  readonly #peers = new WeakMap<Duplex, PeerIdentity>()
  /** Connections that were refused, since start. */
  refused = 0

  constructor(identity: WorkloadIdentity, accept: (socket: tls.TLSSocket) => void, log: SidecarLog) {
    this.#identity = identity
    this.#log = log
    this.#server = tls.createServer({
      ...secureContextOptions(identity.svid),
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    })
    this.#server.on('secureConnection', (socket) => this.#admit(socket, accept))
    this.#server.on('tlsClientError', (error, socket) => this.#refuse(socket, handshakeReason(error, socket)))
    identity.onChange((svid) => this.#server.setSecureContext(secureContextOptions(svid)))
  }

  peerOf(socket: Duplex): PeerIdentity | null {
    return this.#peers.get(socket) ?? null
  }

  /** @throws Error that names the setting where the port is taken. @returns the port */
  listen(address: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        reject(
          new Error(`settings: MESH_INBOUND_PORT: cannot listen on ${address}:${port}: ${error.message}`, {
            cause: error,
          }),
        )
      })
      this.#server.listen(port, address, () => resolve((this.#server.address() as AddressInfo).port))
    })
  }

  get port(): number | null {
    const address = this.#server.address()
    return address === null || typeof address === 'string' ? null : address.port
  }
  get connections(): number {
    return this.#sockets.size
  }

  /** No new connections; those that are open stay. */
  stop(): void {
    if (this.#server.listening) this.#server.close()
  }

  destroy(): void {
    this.stop()
    for (const socket of this.#sockets) socket.destroy()
  }

  #admit(socket: tls.TLSSocket, accept: (socket: tls.TLSSocket) => void): void {
    const peer = peerIdentityOf(socket)
    const problem =
      typeof peer === 'string'
        ? peer
        : peer.trustDomain === this.#identity.trustDomain
          ? null
          : `${peer.spiffeId} is of another trust domain than ${this.#identity.trustDomain}`
    if (typeof peer === 'string' || problem !== null) {
      this.#refuse(socket, problem ?? 'no identity')
      socket.destroy()
      return
    }
    socket.setNoDelay(true)
    this.#peers.set(socket, peer)
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    accept(socket)
  }

  #refuse(socket: tls.TLSSocket, reason: string): void {
    this.refused++
    this.#log.warn('inbound: connection refused', { from: socket.remoteAddress ?? 'a peer that is gone', reason })
  }
}

function handshakeReason(error: Error, socket: tls.TLSSocket): string {
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE') return 'the peer showed no certificate'
  // Node verifies after the handshake and keeps the reason on the socket, while the error only says that the socket was closed.
  const verification: unknown = socket.authorizationError
  if (verification !== undefined && verification !== null)
    return `the peer's certificate is not trusted: ${String(verification)}`
  return `handshake failed: ${error.message}`
}
