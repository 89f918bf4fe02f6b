/** Which server a connection was made for hangs on its socket, as everything that is known of it: node's http.Server hands on nothing else. */
import type { Duplex } from 'node:stream'
import type tls from 'node:tls'
import { describeConnection, rememberConnection } from '../inbound/inbound-connection.ts'
import { clientCertificateField } from './client-certificate.ts'
import type { TlsServer } from './tls-servers.ts'

const servers = new WeakMap<Duplex, TlsServer>()

export function rememberSecured(socket: tls.TLSSocket, server: TlsServer): void {
  // Node says false where the client named no server; its types do not know the property.
  const name: unknown = Reflect.get(socket, 'servername')
  const sni = typeof name === 'string' && name !== '' ? name.toLowerCase() : null
  const certificate = server.mode === 'MUTUAL' ? socket.getPeerX509Certificate() : undefined
  rememberConnection(socket, {
    // Whoever the client is, it is nobody of this mesh: its certificate is from another authority.
    ...describeConnection(socket, server.port, server.port, null, null, sni),
    forwardedClientCert: certificate === undefined ? null : clientCertificateField(certificate),
  })
  servers.set(socket, server)
}

/** Null for a connection that came plain. */
export function tlsServerOf(socket: Duplex): TlsServer | null {
  return servers.get(socket) ?? null
}
