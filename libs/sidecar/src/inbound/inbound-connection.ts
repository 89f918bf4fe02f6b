/**
 * What is known of a connection once it is let in, worked out once and then only read: who opened it, from where, and for which service port. It hangs on the
 * socket, because node's http.Server hands the application nothing else of it.
 */
import { isIPv6, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { PeerIdentity } from '../identity/peer-identity.ts'

export interface InboundConnection {
  /** Null where it is plain HTTP. */
  readonly peer: PeerIdentity | null
  /** Whether it is TLS, whoever the client is. */
  readonly secure: boolean
  /** That callers know, and that is logged. */
  readonly servicePort: number
  /** That policies speak of, as in Istio: the application's own, and where it has none to itself the one that is listened on. */
  readonly workloadPort: number
  readonly sourceIp: string
  readonly sourcePort: number
  readonly destinationIp: string
  /** Null where the caller named none, or came without TLS. */
  readonly sni: string | null
  /** Value of `x-forwarded-client-cert` for the application; null where there is no peer. */
  readonly forwardedClientCert: string | null
}

const known = new WeakMap<Duplex, InboundConnection>()

export function rememberConnection(socket: Duplex, connection: InboundConnection): void {
  known.set(socket, connection)
}

/** What was found out about it; a socket that came another way than through a listener of ours is nobody's. */
export function connectionOf(socket: Socket): InboundConnection {
  let connection = known.get(socket)
  if (connection === undefined) known.set(socket, (connection = describeConnection(socket, 0, 0, null, null, null)))
  return connection
}

/** @param own SPIFFE id of this workload; null where there is no TLS */
export function describeConnection(
  socket: Socket,
  servicePort: number,
  workloadPort: number,
  peer: PeerIdentity | null,
  own: string | null,
  sni: string | null,
): InboundConnection {
  return {
    peer,
    secure: socket instanceof TLSSocket,
    servicePort,
    workloadPort,
    sourceIp: plainAddress(socket.remoteAddress),
    sourcePort: socket.remotePort ?? 0,
    destinationIp: plainAddress(socket.localAddress),
    sni,
    forwardedClientCert: peer === null || own === null ? null : forwardedClientCert(own, peer.spiffeId),
  }
}

/** Envoy's `x-forwarded-client-cert` with what Istio's applications read of it: who received, and who called. */
export function forwardedClientCert(own: string, peer: string): string {
  return `By=${own};URI=${peer}`
}

/** A dual-stack socket writes IPv4 addresses as IPv6; policies do not. */
function plainAddress(address = ''): string {
  return isIPv6(address) && address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}
