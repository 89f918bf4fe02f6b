/**
 * The door of one service port: what PeerAuthentication wants there is asked anew for each connection, so that a change of mode needs no other port. Under TLS
 * it is TLS 1.3 with a client certificate of our own trust domain, or nothing. Who is refused is counted and logged with the reason. Accepted sockets go to
 * whatever speaks HTTP; that never listens itself.
 */
import net, { type AddressInfo, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import type { MtlsMode } from '@meshmart/mesh-policy'
import { peerIdentityOf, type PeerIdentity } from '../identity/peer-identity.ts'
import { secureContextOptions, type WorkloadIdentity } from '../identity/workload-identity.ts'
import type { SidecarLog } from '../log.ts'
import type { AccessLog } from '../telemetry/access-log.ts'
import { peekFirstByte } from './first-byte.ts'
import { handshakeReason } from './handshake-reason.ts'
import { connectionOf, describeConnection, rememberConnection, type InboundConnection } from './inbound-connection.ts'
import { Refusals } from './refusals.ts'

const HANDSHAKE_TIMEOUT_MS = 10_000
/** Envoy has no limit of its own here; each idle connection costs some 20 KB. */
const MAX_CONNECTIONS = 20_000

export interface TlsListenerParts {
  readonly identity: WorkloadIdentity
  readonly servicePort: number
  /** Of the application behind it, which policies speak of; the one that is listened on where it is not given. */
  readonly workloadPort?: number
  /** Asked for each new connection. */
  readonly mode: (workloadPort: number) => MtlsMode
  /** Trust domains beside our own whose identities are let in, asked for each new connection; none where it is not given. */
  readonly trustDomainAliases?: () => readonly string[]
  readonly accept: (socket: Socket, connection: InboundConnection) => void
  readonly log: SidecarLog
  /** Who is refused stands there, too. */
  readonly accessLog: AccessLog
  readonly handshakeTimeoutMs?: number
  /** That are accepted of a caller who offers any; HTTP/1.1 where it is not given. */
  readonly alpnProtocols?: readonly string[]
  /**
   * Istio's `protocolDetectionTimeout`, for PERMISSIVE: who says nothing for so long speaks no TLS, because there the client speaks first. Without it such a
   * connection is refused.
   */
  readonly protocolDetectionTimeoutMs?: number
  readonly maxConnections?: number
}

export class TlsListener {
  readonly servicePort: number
  readonly #parts: TlsListenerParts
  readonly #handshakeTimeoutMs: number
  readonly #server: net.Server
  /** Never listens: it makes TLS of sockets that are given to it. */
  readonly #tls: tls.Server
  readonly #sockets = new Set<Socket>()
  /** Of peers that have proved who they are, as TLS gives them. */
  readonly #admitted = new Set<Socket>()
  readonly #refusals: Refusals

  constructor(parts: TlsListenerParts) {
    const { identity, servicePort, log } = parts
    this.#parts = parts
    this.servicePort = servicePort
    this.#handshakeTimeoutMs = parts.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS
    this.#refusals = new Refusals({ direction: 'inbound', port: servicePort, log, accessLog: parts.accessLog })
    this.#tls = tls.createServer({
      ...secureContextOptions(identity.svid),
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: [...(parts.alpnProtocols ?? ['http/1.1'])],
      handshakeTimeout: this.#handshakeTimeoutMs,
    })
    this.#tls.on('secureConnection', (socket) => this.#admit(socket))
    this.#tls.on('tlsClientError', (error, socket) => {
      this.#refuse(socket, handshakeReason(error, socket, parts.mode(this.#workloadPort)))
      socket.destroy()
    })
    identity.onDenial(() => this.#closeDenied())
    identity.onChange((svid) => this.#tls.setSecureContext(secureContextOptions(svid)))
    this.#server = net.createServer((socket) => this.#open(socket))
    this.#server.maxConnections = parts.maxConnections ?? MAX_CONNECTIONS
    this.#server.on('drop', (dropped) => {
      this.#refusals.refused(dropped?.remoteAddress, `${this.#server.maxConnections} connections are open`, Date.now())
    })
  }

  /** Connections that were not let in, since start. */
  get refused(): number {
    return this.#refusals.count
  }

  peerOf(socket: Duplex): PeerIdentity | null {
    return socket instanceof net.Socket ? connectionOf(socket).peer : null
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
  get #workloadPort(): number {
    return this.#parts.workloadPort ?? this.port ?? 0
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

  #open(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    socket.setNoDelay(true)
    const mode = this.#parts.mode(this.#workloadPort)
    if (mode === 'STRICT') this.#tls.emit('connection', socket)
    else if (mode === 'DISABLE') this.#accept(socket, null, null)
    else {
      const limitMs = this.#parts.protocolDetectionTimeoutMs ?? this.#handshakeTimeoutMs
      peekFirstByte(socket, limitMs, (what) => this.#detected(socket, what))
    }
  }

  #detected(socket: Socket, what: 'tls' | 'other' | 'late' | 'gone'): void {
    if (what === 'tls') this.#tls.emit('connection', socket)
    else if (what === 'other' || this.#isServerFirst(what)) this.#accept(socket, null, null)
    else {
      if (what === 'late') this.#refuse(socket, `nothing came within ${this.#handshakeTimeoutMs} ms`)
      socket.destroy()
    }
  }

  #isServerFirst(what: string): boolean {
    return what === 'late' && this.#parts.protocolDetectionTimeoutMs !== undefined
  }

  #admit(socket: tls.TLSSocket): void {
    const peer = peerIdentityOf(socket)
    const problem = typeof peer === 'string' ? peer : this.#problemWith(socket, peer)
    if (typeof peer === 'string' || problem !== null) {
      this.#refuse(socket, problem ?? 'no identity')
      socket.destroy()
      return
    }
    // Node says false where the caller named no server; its types do not know the property.
    const servername: unknown = Reflect.get(socket, 'servername')
    this.#accept(socket, peer, typeof servername === 'string' && servername !== '' ? servername : null)
  }

  #problemWith(socket: tls.TLSSocket, peer: PeerIdentity): string | null {
    const { identity, trustDomainAliases } = this.#parts
    const { trustDomain } = identity
    if (identity.isDenied(peer.spiffeId)) return `${peer.spiffeId} is denied`
    const isOurs = peer.trustDomain === trustDomain || trustDomainAliases?.().includes(peer.trustDomain)
    if (!isOurs) return `${peer.spiffeId} is of another trust domain than ${trustDomain}`
    // A session that is resumed brings the certificate of its first handshake, and nobody looks at its dates again.
    const end = socket.getPeerX509Certificate()?.validToDate.getTime() ?? 0
    return end < Date.now() ? `the certificate of ${peer.spiffeId} has expired` : null
  }

  /** Connections of identities that were let in before they were denied. */
  #closeDenied(): void {
    for (const socket of this.#admitted) {
      const peer = connectionOf(socket).peer
      if (peer === null || !this.#parts.identity.isDenied(peer.spiffeId)) continue
      this.#refuse(socket, `${peer.spiffeId} is denied`)
      socket.destroy()
    }
  }

  #accept(socket: Socket, peer: PeerIdentity | null, sni: string | null): void {
    const { identity, servicePort, accept } = this.#parts
    const connection = describeConnection(socket, servicePort, this.#workloadPort, peer, identity.spiffeId, sni)
    rememberConnection(socket, connection)
    if (peer !== null) {
      this.#admitted.add(socket)
      socket.once('close', () => this.#admitted.delete(socket))
    }
    accept(socket, connection)
  }

  #refuse(socket: Socket, reason: string): void {
    this.#refusals.refused(socket.remoteAddress, reason, Date.now())
  }
}
