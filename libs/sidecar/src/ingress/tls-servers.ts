/** Servers of Gateway resources that speak TLS, found by the name that a client asks for: the most specific host decides, as in Envoy. */
import {
  compareHostSpecificity,
  hostMatches,
  type GatewayServer,
  type GatewaySnapshot,
  type GatewayTls,
} from '@meshmart/mesh-policy'

export interface TlsServer {
  readonly source: string
  /** Gateway port: its virtual hosts are asked. */
  readonly port: number
  readonly mode: NonNullable<GatewayTls['mode']>
  readonly credentialName: string
  readonly minProtocolVersion: GatewayTls['minProtocolVersion']
  /** What a connection was shown and had to prove: one that was opened on the same terms is as good for another server. */
  readonly terms: string
}

export class TlsServers {
  readonly all: readonly TlsServer[]
  readonly #exact = new Map<string, TlsServer>()
  /** Most specific first. */
  readonly #wildcards: readonly { readonly pattern: string; readonly server: TlsServer }[]

  /** Of two with the same host the first one counts, as in Istio. */
  constructor(servers: GatewaySnapshot['servers']) {
    const wildcards: { pattern: string; server: TlsServer }[] = []
    const all: TlsServer[] = []
    for (const written of servers) {
      const server = tlsServerOf(written)
      if (server === null) continue
      all.push(server)
      for (const host of written.hosts) {
        const pattern = hostOf(host)
        if (pattern.startsWith('*')) wildcards.push({ pattern, server })
        else if (!this.#exact.has(pattern)) this.#exact.set(pattern, server)
      }
    }
    this.all = all
    this.#wildcards = wildcards.toSorted((a, b) => compareHostSpecificity(a.pattern, b.pattern))
  }

  /** @param name in lower case; null where the client names nobody: then only `*` speaks */
  find(name: string | null): TlsServer | null {
    const exact = name === null ? undefined : this.#exact.get(name)
    if (exact !== undefined) return exact
    for (const { pattern, server } of this.#wildcards)
      if (pattern === '*' || (name !== null && hostMatches(pattern, name))) return server
    return null
  }
}

/** A Gateway may write `namespace/host`: which namespace's VirtualServices may bind to it is the control plane's matter. */
export function hostOf(host: string): string {
  return host.slice(host.indexOf('/') + 1).toLowerCase()
}

function tlsServerOf({ source, port, tls }: GatewayServer): TlsServer | null {
  if (tls === undefined || tls.mode === null) return null
  const { mode, minProtocolVersion } = tls
  const credentialName = tls.credentialName ?? ''
  const terms = `${mode} ${credentialName} ${minProtocolVersion}`
  return { source, port: port.number, mode, credentialName, minProtocolVersion, terms }
}
