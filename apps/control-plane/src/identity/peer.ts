/** Who stands at the other end of a TLS connection. */
import type { PeerCertificate, TLSSocket } from 'node:tls'
import { parseSpiffeId, type SpiffeId } from '@meshmart/mesh-policy'

/** URI names of a certificate. Node quotes names that hold a comma or a quote, which a SPIFFE id never does: those fit nothing. */
export const uriNames = (certificate: Pick<PeerCertificate, 'subjectaltname'>): string[] =>
  (certificate.subjectaltname ?? '')
    .split(', ')
    .filter((name) => name.startsWith('URI:'))
    .map((name) => name.slice('URI:'.length))

/** The workload whose valid certificate the peer has shown, or null: none, expired, foreign, or not of our trust domain. */
export function peerIdentity(socket: TLSSocket, trustDomain: string): SpiffeId | null {
  if (!socket.authorized) return null
  const [uri, ...more] = uriNames(socket.getPeerCertificate())
  const identity = uri === undefined || more.length > 0 ? null : parseSpiffeId(uri)
  return identity?.trustDomain === trustDomain ? identity : null
}
