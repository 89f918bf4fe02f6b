/** `tcp[]` and `tls[]` of VirtualServices: ports that are carried as they are. */
import type { TcpMatch, TcpPort, TcpRoute, WeightedDestination } from '@meshmart/mesh-policy'
import { expandHost } from '../host.ts'
import { nameOf, type ResourceOf, type TcpRouteSpec, type TlsRouteSpec } from '../resource.ts'
import { clusterName, type Destination } from './cluster.ts'
import { gatewayName } from './http-match.ts'
import { portOf, type PreparedModel } from './model.ts'

type VirtualService = ResourceOf<'VirtualService'>

export interface CompiledTcpPort {
  readonly port: TcpPort
  readonly destinations: readonly Destination[]
}

/**
 * @param virtualServices that speak for the host, in order; @param readers `mesh`, or full names of gateways
 * @param host whither a connection goes that no route takes; null where there is no such host (a gateway)
 */
export function compileTcpPort(
  model: PreparedModel,
  virtualServices: readonly VirtualService[],
  readers: ReadonlySet<string>,
  port: number,
  protocol: TcpPort['protocol'],
  host: string | null,
): CompiledTcpPort {
  const compiled = virtualServices.flatMap((virtualService) => {
    const written = protocol === 'TLS' ? (virtualService.spec.tls ?? []) : (virtualService.spec.tcp ?? [])
    return written.flatMap((route, index) => compileRoute(model, virtualService, route, index, readers, port) ?? [])
  })
  // A route for every connection ends the list; with routes by SNI an unknown name goes nowhere, as in Istio.
  const isClosed = protocol === 'TLS' ? compiled.length > 0 : compiled.some(({ route }) => route.match.length === 0)
  if (!isClosed && host !== null) compiled.push(defaultRoute({ host, port, subset: null }))
  return {
    port: { protocol, routes: compiled.map(({ route }) => route) },
    destinations: compiled.flatMap(({ destinations }) => destinations),
  }
}

interface CompiledTcpRoute {
  readonly route: TcpRoute
  readonly destinations: readonly Destination[]
}

function defaultRoute(destination: Destination): CompiledTcpRoute {
  const destinations = [{ cluster: clusterName(destination), weight: 100 }]
  return { route: { name: 'default', source: 'default', match: [], destinations }, destinations: [destination] }
}

function compileRoute(
  model: PreparedModel,
  virtualService: VirtualService,
  written: TcpRouteSpec | TlsRouteSpec,
  index: number,
  readers: ReadonlySet<string>,
  port: number,
): CompiledTcpRoute | null {
  const match = (written.match ?? []).flatMap(
    (each) => compileMatch(each, virtualService.namespace, readers, port) ?? [],
  )
  if (match.length === 0 && (written.match ?? []).length > 0) return null
  const siblings = written.route ?? []
  const kept = siblings.filter(({ weight }) => siblings.length === 1 || (weight ?? 0) > 0)
  const destinations = kept.map(({ destination }): Destination => {
    const host = expandHost(destination.host, virtualService.namespace)
    return { host, port: destination.port?.number ?? portOf(model, host, port), subset: destination.subset ?? null }
  })
  const weighted = destinations.map((destination, place): WeightedDestination => {
    return { cluster: clusterName(destination), weight: kept.length === 1 ? 100 : (kept[place]?.weight ?? 0) }
  })
  // One alternative that asks nothing makes the others pointless.
  const all = match.some((each) => Object.keys(each).length === 0)
  const route = { name: String(index), source: nameOf(virtualService), match: all ? [] : match, destinations: weighted }
  return { route, destinations }
}

type MatchSpec = NonNullable<TcpRouteSpec['match']>[number] & { readonly sniHosts?: readonly string[] }

/** Port and gateway are decided here; null where they are others. */
function compileMatch(
  written: MatchSpec,
  namespace: string,
  readers: ReadonlySet<string>,
  port: number,
): TcpMatch | null {
  if (written.port !== undefined && written.port !== port) return null
  const gateways = written.gateways ?? []
  if (gateways.length > 0 && !gateways.some((name) => readers.has(gatewayName(name, namespace)))) return null
  const { sniHosts, destinationSubnets = [], sourceLabels, sourceNamespace } = written
  return {
    ...(sniHosts && { sniHosts: sniHosts.map((host) => host.toLowerCase()) }),
    ...(destinationSubnets.length > 0 && { destinationSubnets }),
    ...(sourceLabels && { sourceLabels }),
    ...(sourceNamespace !== undefined && sourceNamespace !== '' && { sourceNamespace }),
  }
}
