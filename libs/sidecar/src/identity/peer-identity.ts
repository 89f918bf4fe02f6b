/** Who the other end of a TLS connection proved to be: the one SPIFFE id in its certificate. Anything else than exactly one is nobody. */
import type { TLSSocket } from 'node:tls'
import { parseSpiffeId, principalOf, type SpiffeId } from '@meshmart/mesh-policy'

export interface PeerIdentity extends SpiffeId {
  readonly spiffeId: string
  /** As AuthorizationPolicy writes it, without `spiffe://`. */
  readonly principal: string
}

/** The identity, or why there is none. */
export function peerIdentityOf(socket: TLSSocket): PeerIdentity | string {
  const names = socket.getPeerX509Certificate()?.subjectAltName
  if (names === undefined) return 'the certificate has no subject alternative name'
  return identityInNames(names)
}

/** @param names as node writes them: `URI:spiffe://…, DNS:…` */
export function identityInNames(names: string): PeerIdentity | string {
  // Node quotes a name that could be mistaken for two; no SPIFFE id needs quotes, so that a quoted one is no id.
  const uris = names.split(', ').filter((name) => name.startsWith('URI:'))
  const uri = uris[0]?.slice('URI:'.length)
  if (uri === undefined || uris.length !== 1) return `the certificate has ${uris.length} URI names, wanted one`
  const id = parseSpiffeId(uri)
  if (id === null) return `${uri} is not a SPIFFE id of the form spiffe://<trust domain>/ns/<namespace>/sa/<account>`
  return { ...id, spiffeId: uri, principal: principalOf(uri) }
}
