/** TLS of the public edge: a server of node's for each kind of terms, which never listens and makes TLS of the sockets that it is given. */
import type { Socket } from 'node:net'
import tls from 'node:tls'
import { handshakeReason } from '../inbound/handshake-reason.ts'
import type { Credential, Credentials } from './credentials.ts'
import type { TlsServer } from './tls-servers.ts'

/** Offered to clients: what the edge speaks. */
const ALPN: readonly string[] = ['http/1.1']

export interface TerminatorParts {
  readonly credentials: Credentials
  readonly handshakeTimeoutMs: number
  readonly secured: (socket: tls.TLSSocket, server: TlsServer) => void
  readonly refused: (socket: Socket, reason: string) => void
}

export class TlsTerminators {
  readonly #parts: TerminatorParts
  /** By terms. */
  readonly #servers = new Map<string, { readonly server: TlsServer; readonly tls: tls.Server }>()

  constructor(parts: TerminatorParts) {
    this.#parts = parts
  }

  /** What the newest snapshot names; handshakes that are under way end as they began. */
  use(servers: readonly TlsServer[]): void {
    const terms = new Set(servers.map((server) => server.terms))
    for (const known of this.#servers.keys()) if (!terms.has(known)) this.#servers.delete(known)
  }

  /** New connections get the credential as it is now. */
  renew(credentialName: string): void {
    const credential = this.#parts.credentials.get(credentialName)
    if (credential === null) return
    for (const [terms, { server, tls: known }] of this.#servers) {
      if (server.credentialName !== credentialName) continue
      if (problemOf(server, credential) === null) known.setSecureContext(optionsOf(server, credential))
      // Without authorities there is no MUTUAL: made anew when they are back.
      else this.#servers.delete(terms)
    }
  }

  /** @param socket of which nothing has been answered yet */
  terminate(socket: Socket, server: TlsServer): void {
    const found = this.#servers.get(server.terms)?.tls ?? this.#create(server)
    if (typeof found === 'string') {
      this.#parts.refused(socket, found)
      socket.destroy()
    } else found.emit('connection', socket)
  }

  /** @returns in words why there is none */
  #create(server: TlsServer): tls.Server | string {
    const { credentials, handshakeTimeoutMs } = this.#parts
    const { credentialName } = server
    const credential = credentials.get(credentialName)
    if (credential === null)
      return `there is no credential ${credentialName} for ${server.source}: ${credentials.problemOf(credentialName)}`
    const problem = problemOf(server, credential)
    if (problem !== null) return problem
    const made = tls.createServer({
      ...optionsOf(server, credential),
      requestCert: server.mode === 'MUTUAL',
      rejectUnauthorized: server.mode === 'MUTUAL',
      ALPNProtocols: [...ALPN],
      handshakeTimeout: handshakeTimeoutMs,
    })
    made.on('secureConnection', (socket) => this.#secured(socket, server))
    made.on('tlsClientError', (error, socket) => {
      this.#parts.refused(socket, reasonOf(error, socket, server))
      socket.destroy()
    })
    this.#servers.set(server.terms, { server, tls: made })
    return made
  }

  #secured(socket: tls.TLSSocket, server: TlsServer): void {
    // A session that is resumed brings the certificate of its first handshake, and nobody looks at its dates again.
    const end = server.mode === 'MUTUAL' ? (socket.getPeerX509Certificate()?.validToDate.getTime() ?? 0) : null
    if (end === null || end >= Date.now()) {
      this.#parts.secured(socket, server)
      return
    }
    this.#parts.refused(socket, 'the certificate of the client has expired')
    socket.destroy()
  }
}

function optionsOf({ mode, minProtocolVersion }: TlsServer, credential: Credential): tls.SecureContextOptions {
  return {
    cert: credential.certificateChain,
    key: credential.privateKey,
    minVersion: minProtocolVersion,
    ...(mode === 'MUTUAL' && { ca: [...credential.authorities] }),
  }
}

function problemOf({ mode, source, credentialName }: TlsServer, { authorities }: Credential): string | null {
  if (mode !== 'MUTUAL' || authorities.length > 0) return null
  return `${source} is MUTUAL, and credential ${credentialName} has no ca.crt`
}

function reasonOf(error: Error, socket: tls.TLSSocket, { mode, minProtocolVersion }: TlsServer): string {
  const code = 'code' in error ? error.code : ''
  return code === 'ERR_SSL_UNSUPPORTED_PROTOCOL'
    ? `the client speaks no ${minProtocolVersion}`
    : handshakeReason(error, socket, mode)
}
