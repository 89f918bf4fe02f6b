/**
 * Which `tcp[]` or `tls[]` route a connection takes. Istio turns every match into a filter chain, and Envoy takes the most specific chain, not the
 * first: the longest destination subnet, then the server name (exact, then the longest `*.suffix`, then none); only among equals the order decides.
 * Source: Envoy's `FilterChainMatch`, and pilot/pkg/networking/core/tls.go.
 */
import { prefixLengthOf, prepareIpBlocks, type IpBlocks } from './ip-blocks.ts'
import { concernsReader, type Reader } from './reader.ts'
import type { TcpMatch, TcpRoute } from './snapshot.ts'
import { compareHostSpecificity, hostMatches } from './virtual-host.ts'

export interface RoutableConnection {
  /** Server name that TLS asks for; null where there is none. */
  readonly sni: string | null
  /** Service port that it is for. */
  readonly port: number
  /** Address that it was meant for, as far as it is known. */
  readonly destinationIp: string | null
}

/** Chains in the order in which they are asked. */
export type TcpRouteTable = readonly Chain[]

interface Chain {
  readonly route: TcpRoute
  readonly port: number | null
  readonly subnet: IpBlocks | null
  readonly subnetLength: number
  /** In lower case; null fits all, also where no server name is given. */
  readonly sniHost: string | null
}

/** @throws RangeError that names the route whose subnet is none */
export function prepareTcpRoutes(routes: readonly TcpRoute[], reader: Reader): TcpRouteTable {
  return routes
    .flatMap((route) => {
      const matches = route.match.length === 0 ? [{}] : route.match
      return matches.filter((match) => concernsReader(match, reader)).flatMap((match) => prepareChains(route, match))
    })
    .toSorted(compareChains)
}

export function matchTcpRoute(table: TcpRouteTable, connection: RoutableConnection): TcpRoute | null {
  const sni = connection.sni?.toLowerCase() ?? null
  for (const { route, port, subnet, sniHost } of table) {
    if (port !== null && port !== connection.port) continue
    if (subnet !== null && (connection.destinationIp === null || !subnet.contains(connection.destinationIp))) continue
    if (sniHost === null || (sni !== null && hostMatches(sniHost, sni))) return route
  }
  return null
}

function prepareChains(route: TcpRoute, match: TcpMatch): Chain[] {
  const subnets: readonly (string | null)[] = match.destinationSubnets?.length ? match.destinationSubnets : [null]
  const sniHosts: readonly (string | null)[] = match.sniHosts?.length ? match.sniHosts : [null]
  return subnets.flatMap((subnet) => {
    const blocks = subnet === null ? null : prepareSubnet(route, subnet)
    const subnetLength = subnet === null ? -1 : prefixLengthOf(subnet)
    return sniHosts.map((sniHost) => ({
      route,
      port: match.port ?? null,
      subnet: blocks,
      subnetLength,
      sniHost: sniHost?.toLowerCase() ?? null,
    }))
  })
}

function prepareSubnet(route: TcpRoute, subnet: string): IpBlocks {
  try {
    return prepareIpBlocks([subnet])
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new RangeError(`route ${route.name} of ${route.source}: destinationSubnets: ${reason}`, { cause: error })
  }
}

/** Envoy compares destination port, then address, then server name. */
function compareChains(a: Chain, b: Chain): number {
  const byPort = Number(a.port === null) - Number(b.port === null)
  if (byPort !== 0) return byPort
  if (a.subnetLength !== b.subnetLength) return b.subnetLength - a.subnetLength
  if (a.sniHost === null || b.sniHost === null) return Number(a.sniHost === null) - Number(b.sniHost === null)
  const wildcards = Number(a.sniHost.startsWith('*')) - Number(b.sniHost.startsWith('*'))
  return a.sniHost.startsWith('*') && b.sniHost.startsWith('*')
    ? compareHostSpecificity(a.sniHost, b.sniHost)
    : wildcards
}
