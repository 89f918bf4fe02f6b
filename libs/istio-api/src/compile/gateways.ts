/**
 * What the edge listens to and whither it routes: the Gateways that select the same workload form one snapshot. A VirtualService is bound where
 * it names the Gateway and one of its hosts fits one of a server's. Unlike in sidecars, VirtualServices for the same host are merged, and
 * routes that take everything go to the end.
 */
import {
  compareHostSpecificity,
  hostMatches,
  type GatewayServer,
  type GatewaySnapshot,
  type GatewayTls,
  type RouteMatch,
  type TcpPort,
  type VirtualHost,
} from '@meshmart/mesh-policy'
import { expandHost } from '../host.ts'
import { carriageOfProtocol } from '@meshmart/mesh-policy'
import { nameOf, ofKind, type GatewayServerSpec, type ResourceOf } from '../resource.ts'
import type { Destination } from './cluster.ts'
import { clustersOf, withHashRetries } from './clusters.ts'
import { compileGatewayInbound } from './inbound.ts'
import { compileTcpPort } from './l4-route.ts'
import type { PreparedModel } from './model.ts'
import { compileRoutes, type CompiledRoute } from './route.ts'

type Gateway = ResourceOf<'Gateway'>
type VirtualServiceResource = ResourceOf<'VirtualService'>

/** One snapshot per selector. */
export function compileGateways(model: PreparedModel): GatewaySnapshot[] {
  const bySelector = Map.groupBy(ofKind(model.resources, 'Gateway'), selectorKey)
  return [...bySelector.values()].map((gateways) => compileWorkload(model, gateways))
}

function compileWorkload(model: PreparedModel, gateways: readonly Gateway[]): GatewaySnapshot {
  const bindings = gateways.flatMap((gateway) => bindingsOf(model, gateway))
  const selector = gateways[0]?.spec.selector ?? {}
  const namespace = gateways[0]?.namespace ?? ''
  const ended = bindings.filter(({ server }) => !passesThrough(server))
  const hosts = [...Map.groupBy(ended, ({ server, host }) => `${server.port.number} ${host}`).values()]
    .flatMap((same) => compileVirtualHost(model, same) ?? [])
    .toSorted((a, b) => compareHostSpecificity(a.host, b.host))
  const tcp = compilePassthrough(model, bindings)
  const destinations = [...hosts.flatMap(({ routes }) => routes), ...tcp].flatMap((each) => each.destinations)
  const clusters = clustersOf(model, destinations, namespace, selector)
  return {
    selector,
    servers: gateways.flatMap(serversOf),
    virtualHosts: hosts.map(({ host, port, routes }): VirtualHost => {
      return { hosts: [host], port, routes: withHashRetries(catchAllLast(routes), clusters) }
    }),
    inbound: compileGatewayInbound(model, selector, [...new Set(gateways.map((gateway) => gateway.namespace))]),
    clusters,
    ...(tcp.length > 0 && { tcp: Object.fromEntries(tcp.map((each) => [String(each.number), each.port])) }),
  }
}

interface Binding {
  readonly server: GatewayServerSpec
  readonly host: string
  readonly gateway: Gateway
  readonly virtualService: VirtualServiceResource
}

function bindingsOf(model: PreparedModel, gateway: Gateway): Binding[] {
  const bound = ofKind(model.resources, 'VirtualService').filter((virtualService) => names(virtualService, gateway))
  return (gateway.spec.servers ?? []).flatMap((server) =>
    bound.flatMap((virtualService) =>
      commonHosts(server.hosts, gateway, virtualService).map((host) => ({ server, host, gateway, virtualService })),
    ),
  )
}

const fullName = ({ namespace, name }: Pick<Gateway, 'namespace' | 'name'>): string => `${namespace}/${name}`
const passesThrough = ({ port, tls }: GatewayServerSpec): boolean =>
  carriageOfProtocol(port.protocol) === 'TLS' && (tls?.mode ?? 'PASSTHROUGH') === 'PASSTHROUGH'

interface CompiledHost {
  readonly host: string
  readonly port: number
  readonly routes: readonly CompiledRoute[]
}

/** @param same bindings of one host at one port. Null where none of them has HTTP routes for it */
function compileVirtualHost(model: PreparedModel, same: readonly Binding[]): CompiledHost | null {
  const [first] = same
  if (first === undefined) return null
  const port = first.server.port.number
  const scheme = carriageOfProtocol(first.server.port.protocol) === 'TLS' ? 'https' : 'http'
  const routes = [...Map.groupBy(same, ({ virtualService }) => virtualService)].flatMap(
    ([virtualService, bindings]) => {
      const readers = new Set(bindings.map(({ gateway }) => fullName(gateway)))
      return compileRoutes(virtualService, { model, readers, scheme, ports: [port], portIsFixed: true })
    },
  )
  return routes.length === 0 ? null : { host: first.host, port, routes }
}

/** Istio lets what takes every request come after what does not, whichever VirtualService it is from. */
function catchAllLast(compiled: readonly CompiledRoute[]) {
  const routes = compiled.map(({ route }) => route)
  const takesAll = (match: RouteMatch): boolean => {
    const { uri, ignoreUriCase: _case, ...rest } = match
    return Object.keys(rest).length === 0 && (uri === undefined || (uri.kind === 'prefix' && uri.value === '/'))
  }
  const isCatchAll = ({ match }: { match: readonly RouteMatch[] }) => match.every(takesAll)
  return [...routes.filter((route) => !isCatchAll(route)), ...routes.filter(isCatchAll)]
}

interface PassthroughPort {
  readonly number: number
  readonly port: TcpPort
  readonly destinations: readonly Destination[]
}

function compilePassthrough(model: PreparedModel, bindings: readonly Binding[]): PassthroughPort[] {
  const passing = bindings.filter(({ server }) => passesThrough(server))
  return [...Map.groupBy(passing, ({ server }) => server.port.number)].map(([number, same]) => {
    const readers = new Set(same.map(({ gateway }) => fullName(gateway)))
    const virtualServices = [...new Set(same.map(({ virtualService }) => virtualService))]
    return { number, ...compileTcpPort(model, virtualServices, readers, number, 'TLS', null) }
  })
}

/** `gateways: [my-gateway]` is one in the VirtualService's own namespace, `[ns/my-gateway]` one in another. */
export function names(virtualService: VirtualServiceResource, gateway: Pick<Gateway, 'name' | 'namespace'>): boolean {
  return (virtualService.spec.gateways ?? []).some((reference) => {
    const [namespace, name] = reference.includes('/') ? reference.split('/') : [virtualService.namespace, reference]
    return name === gateway.name && namespace === gateway.namespace
  })
}

/** Hosts that both sides have: of two that overlap the narrower one. */
function commonHosts(
  serverHosts: readonly string[],
  gateway: Gateway,
  virtualService: VirtualServiceResource,
): string[] {
  const common = (virtualService.spec.hosts ?? []).flatMap((written) => {
    const host = expandHost(written, virtualService.namespace)
    return serverHosts.flatMap((serverHost) => {
      const allowed = allowedHost(serverHost, gateway, virtualService.namespace)
      if (allowed === null) return []
      if (hostMatches(allowed, host)) return [host]
      return hostMatches(host, allowed) ? [allowed] : []
    })
  })
  return [...new Set(common)]
}

/** A server's `namespace/host` binds only VirtualServices of that namespace; `.` is the Gateway's own. */
function allowedHost(written: string, gateway: Gateway, namespace: string): string | null {
  const [first = '', second] = written.split('/')
  if (second === undefined) return first.toLowerCase()
  const wanted = first === '.' ? gateway.namespace : first
  return wanted === '*' || wanted === namespace ? second.toLowerCase() : null
}

function serversOf(gateway: Gateway): GatewayServer[] {
  return (gateway.spec.servers ?? []).map((server) => {
    const tls = tlsOf(server)
    return {
      source: nameOf(gateway),
      port: { number: server.port.number, name: server.port.name, protocol: server.port.protocol.toUpperCase() },
      hosts: server.hosts,
      ...(tls && { tls }),
    }
  })
}

function tlsOf({ port, tls }: GatewayServerSpec): GatewayTls | null {
  if (tls === undefined) return null
  const isTls = carriageOfProtocol(port.protocol) === 'TLS'
  const mode = tls.mode === 'SIMPLE' || tls.mode === 'MUTUAL' ? tls.mode : 'PASSTHROUGH'
  return {
    httpsRedirect: tls.httpsRedirect ?? false,
    mode: isTls ? mode : null,
    credentialName: tls.credentialName ?? null,
    minProtocolVersion: tls.minProtocolVersion === 'TLSV1_3' ? 'TLSv1.3' : 'TLSv1.2',
  }
}

function selectorKey(gateway: Gateway): string {
  return JSON.stringify(Object.entries(gateway.spec.selector ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
