/** A listener as it is chosen: where it stands, and its chains. */
import type { TcpRoute } from '@meshmart/mesh-policy'
import type { ExplainError } from './explanation.ts'
import { selectChain, type ChainMatch, type MeetableConnection } from './filter-chain.ts'
import type { AskedConnection } from './question.ts'

export interface Listener {
  readonly name: string
  readonly protocol: string
  readonly chains: readonly Chain[]
  /** For what fits none of them. */
  readonly otherwise: Chain | null
  /** What is looked at before a chain is chosen: what is not looked at looks like plain bytes. */
  inspects(port: number): { readonly tls: boolean; readonly http: boolean }
}

export interface Chain {
  readonly match: ChainMatch
  /** What it demands before it reads anything. */
  readonly terminates: 'nothing' | 'tls' | 'client certificate' | 'mtls'
  readonly end: ChainEnd
}

/** The inspectors that chains need, as Istio puts them there. */
export function inspectorsFor(chains: readonly Chain[]): { tls: boolean; http: boolean } {
  return {
    tls: chains.some(({ match }) => (match.serverNames ?? []).length > 0 || match.transport === 'tls'),
    http: chains.some(({ match }) =>
      (match.applicationProtocols ?? []).some((each) => each === 'http/1.1' || each === 'h2c'),
    ),
  }
}

export type ChainEnd =
  /** @param routes name of the set of virtual hosts */
  { readonly kind: 'http'; readonly routes: string } | { readonly kind: 'tcp'; readonly route: TcpRoute }

export type Application = 'http/1.1' | 'h2c' | 'tcp'

/** The chain, or why there is none that takes the connection. */
export function meet(
  listener: Listener,
  connection: AskedConnection,
  address: string,
  application: Application,
): Chain | ExplainError {
  const chain = selectChain(listener.chains, meetable(listener, connection, address, application)) ?? listener.otherwise
  if (chain === null) return 'NoFilterChain'
  return refusal(chain, connection, application) ?? chain
}

function meetable(
  listener: Listener,
  { port, sni, security }: AskedConnection,
  address: string,
  application: Application,
): MeetableConnection {
  const { tls, http } = listener.inspects(port)
  const isTls = security !== 'plaintext'
  return {
    address,
    port,
    sni: tls ? sni : null,
    transport: isTls && tls ? 'tls' : 'raw_buffer',
    applicationProtocol: (isTls ? tls : http) ? applicationProtocol(security, application) : null,
  }
}

/** What a client's TLS offers, or the first bytes show. */
function applicationProtocol(security: AskedConnection['security'], application: Application): string | null {
  const isHttp2 = application === 'h2c'
  if (security === 'mtls') return application === 'tcp' ? 'istio' : isHttp2 ? 'istio-h2' : 'istio-http/1.1'
  if (application === 'tcp') return null
  if (security === 'tls') return isHttp2 ? 'h2' : 'http/1.1'
  return application
}

function refusal(
  { terminates, end }: Chain,
  { security }: AskedConnection,
  application: Application,
): ExplainError | null {
  if (terminates !== 'nothing' && security === 'plaintext') return 'TlsError'
  if ((terminates === 'mtls' || terminates === 'client certificate') && security !== 'mtls') return 'MtlsRequired'
  if (end.kind === 'tcp') return null
  // TLS that nobody ends is no HTTP to whoever reads it.
  if (terminates === 'nothing' && security !== 'plaintext') return 'ProtocolError'
  return application === 'tcp' ? 'ProtocolError' : null
}
