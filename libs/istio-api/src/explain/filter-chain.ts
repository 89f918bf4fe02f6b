/**
 * Which filter chain of a listener a connection meets. As in Envoy each criterion is asked in turn, the most specific value that fits wins, and
 * chains that do not ask for it are left only where no other fits; what is left at the end is the chain.
 * Source: Envoy's `FilterChainMatch`.
 */
import { hostMatches, prepareIpBlocks } from '@meshmart/mesh-policy'

/** What a listener can see of a connection before it chooses. */
export interface MeetableConnection {
  readonly address: string
  readonly port: number
  readonly sni: string | null
  /** As the listener's inspectors see it. */
  readonly transport: 'raw_buffer' | 'tls'
  readonly applicationProtocol: string | null
}

export interface ChainMatch {
  readonly port?: number
  readonly subnets?: readonly string[]
  readonly serverNames?: readonly string[]
  readonly transport?: 'raw_buffer' | 'tls'
  readonly applicationProtocols?: readonly string[]
}

type Rank = (match: ChainMatch, connection: MeetableConnection) => number | null

/** Null: the chain does not ask; 0: it asks for something else; the more, the more specific. */
const CRITERIA: readonly Rank[] = [
  ({ port }, connection) => (port === undefined ? null : Number(port === connection.port)),
  ({ subnets = [] }, { address }) =>
    subnets.length === 0 ? null : Math.max(...subnets.map((each) => bits(each, address))),
  ({ serverNames = [] }, { sni }) => {
    return serverNames.length === 0 ? null : Math.max(...serverNames.map((name) => specificity(name, sni)))
  },
  ({ transport }, connection) => (transport === undefined ? null : Number(transport === connection.transport)),
  ({ applicationProtocols = [] }, { applicationProtocol }) => {
    if (applicationProtocols.length === 0) return null
    return Number(applicationProtocol !== null && applicationProtocols.includes(applicationProtocol))
  },
]

/** Undefined where none fits. */
export function selectChain<T extends { readonly match: ChainMatch }>(
  chains: readonly T[],
  connection: MeetableConnection,
): T | undefined {
  let left = chains
  for (const rank of CRITERIA) {
    const ranked = left.map((chain) => ({ chain, rank: rank(chain.match, connection) }))
    const best = Math.max(0, ...ranked.map((each) => each.rank ?? 0))
    left = ranked.filter((each) => (best > 0 ? each.rank === best : each.rank === null)).map(({ chain }) => chain)
  }
  return left[0]
}

const LONGEST_NAME = 1000

function specificity(name: string, sni: string | null): number {
  const wanted = name.toLowerCase()
  const asked = sni?.toLowerCase() ?? ''
  if (asked === wanted) return LONGEST_NAME
  return wanted.startsWith('*') && asked !== '' && hostMatches(wanted, asked) ? wanted.length : 0
}

function bits(subnet: string, address: string): number {
  if (!prepareIpBlocks([subnet]).contains(address)) return 0
  const [network = '', length] = subnet.split('/')
  // `0.0.0.0/0` fits all, and still goes before a chain that does not ask.
  return length === undefined ? (network.includes(':') ? 129 : 33) : Number(length) + 1
}

export const MTLS_HTTP = ['istio-http/1.0', 'istio-http/1.1', 'istio-h2'] as const
export const MTLS_TCP = ['istio-peer-exchange', 'istio'] as const
export const PLAINTEXT_HTTP = ['http/1.0', 'http/1.1', 'h2c'] as const
