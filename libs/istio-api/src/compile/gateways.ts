/**
 * What the edge listens to and whither it routes: the Gateways that select the same workload form one snapshot. A VirtualService is bound where
 * it names the Gateway and one of its hosts fits one of a server's. Unlike in sidecars, VirtualServices for the same host are merged, the oldest first,
 * and routes that take everything go to the end.
 */
import {
  compareHostSpecificity,
  hostMatches,
  type GatewaySnapshot,
  type RouteMatch,
  type TcpPort,
  type VirtualHost,
} from '@meshmart/mesh-policy'
import { expandHost } from '../host.ts'
import type { ResourceOf } from '../resource.ts'
import type { Destination } from './cluster.ts'
import { clustersOf, withHashRetries } from './clusters.ts'
import { mergeServers, ownsHost, serverOf, type MergedServer } from './gateway-servers.ts'
import { compileGatewayInbound } from './inbound.ts'
import { compileTcpPort } from './l4-route.ts'
import { gatewayTelemetry } from './telemetry.ts'
import type { PreparedModel } from './model.ts'
import { compileRoutes, type CompiledRoute } from './route.ts'
import { carries, type Labels } from './workload.ts'

type Gateway = ResourceOf<'Gateway'>
type VirtualServiceResource = ResourceOf<'VirtualService'>

/** One snapshot per selector: for the workload that carries just its labels. */
export function compileGateways(model: PreparedModel): GatewaySnapshot[] {
  const selectors = new Map(model.of('Gateway').map((gateway) => [selectorKey(gateway), gateway] as const))
  return [...selectors.values()].map((gateway) =>
    compileGatewayWorkload(model, gateway.namespace, gateway.spec.selector ?? {}),
  )
}

/** Gateways that select a workload, in whatever namespace, the oldest first; one without a selector selects all. */
export function gatewaysFor(model: PreparedModel, labels: Labels): Gateway[] {
  return model.of('Gateway').filter(({ spec }) => carries(labels, spec.selector))
}

/** @param namespace of the workload: which VirtualServices it sees, and whose DestinationRules come first; @param labels of the workload */
export function compileGatewayWorkload(model: PreparedModel, namespace: string, labels: Labels): GatewaySnapshot {
  const gateways = gatewaysFor(model, labels)
  const servers = mergeServers(gateways)
  const owns = ownsHost(servers)
  const bindings = servers
    .flatMap((server) => bindingsOf(model, namespace, server))
    .filter(({ server, host }) => owns(server, host))
  const ended = bindings.filter(({ server }) => !server.passesThrough)
  const hosts = [...Map.groupBy(ended, ({ server, host }) => `${server.group} ${host}`).values()]
    .flatMap((same) => compileVirtualHost(model, namespace, same) ?? [])
    .toSorted((a, b) => compareHostSpecificity(a.host, b.host))
  const tcp = compilePassthrough(model, bindings)
  const destinations = [...hosts.flatMap(({ routes }) => routes), ...tcp].flatMap((each) => each.destinations)
  const { clusters, absent } = clustersOf(model, destinations, namespace, labels)
  const trustedProxies = model.meshConfig.defaultConfig?.gatewayTopology?.numTrustedProxies ?? 0
  const namespaces = [...new Set([namespace, ...gateways.map((gateway) => gateway.namespace)])]
  const telemetry = gatewayTelemetry(model, { namespaces, labels })
  return {
    selector: labels,
    servers: servers.map(serverOf),
    virtualHosts: hosts.map(({ host, port, routes }): VirtualHost => {
      return { hosts: [host], port, routes: withHashRetries(catchAllLast(routes), clusters) }
    }),
    inbound: compileGatewayInbound(model, labels, namespaces),
    clusters,
    ...(absent.length > 0 && { absent }),
    ...(trustedProxies > 0 && { trustedProxies }),
    ...(telemetry && { telemetry }),
    ...(tcp.length > 0 && { tcp: Object.fromEntries(tcp.map((each) => [String(each.number), each.port])) }),
  }
}

interface Binding {
  readonly server: MergedServer
  readonly host: string
  readonly virtualService: VirtualServiceResource
}

function bindingsOf(model: PreparedModel, namespace: string, server: MergedServer): Binding[] {
  const { gateway } = server
  return model.virtualServices
    .boundTo(`${gateway.namespace}/${gateway.name}`, namespace)
    .flatMap((virtualService) =>
      commonHosts(server.hosts, virtualService).map((host) => ({ server, host, virtualService })),
    )
}

const fullName = ({ namespace, name }: Pick<Gateway, 'namespace' | 'name'>): string => `${namespace}/${name}`

interface CompiledHost {
  readonly host: string
  readonly port: number
  readonly routes: readonly CompiledRoute[]
}

/** @param same bindings of one host at one port. Null where none of them has HTTP routes for it */
function compileVirtualHost(model: PreparedModel, namespace: string, same: readonly Binding[]): CompiledHost | null {
  const [first] = same
  if (first === undefined) return null
  const { port } = first.server
  const scheme = first.server.isTls ? 'https' : 'http'
  const once = Map.groupBy(
    same,
    ({ virtualService, server }) => `${fullName(virtualService)} ${fullName(server.gateway)}`,
  )
  const routes = [...once.values()].flatMap(([binding]) => {
    if (binding === undefined) return []
    const readers = new Set([fullName(binding.server.gateway)])
    const context = { model, namespace, readers, scheme, ports: [port], portIsFixed: true } as const
    return compileRoutes(binding.virtualService, context)
  })
  return routes.length === 0 ? null : { host: first.host, port, routes }
}

/** Istio lets what takes every request come after what does not, whichever VirtualService it is from. */
function catchAllLast(compiled: readonly CompiledRoute[]) {
  const routes = compiled.map(({ route }) => route)
  const takesAll = (match: RouteMatch): boolean => {
    const { uri, ignoreUriCase: _case, sourceNamespace: _namespace, sourceLabels: _labels, ...rest } = match
    const all =
      uri === undefined || (uri.kind === 'prefix' && uri.value === '/') || (uri.kind === 'regex' && uri.value === '.*')
    return Object.keys(rest).length === 0 && all
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
  const passing = bindings.filter(({ server }) => server.passesThrough)
  return [...Map.groupBy(passing, ({ server }) => server.port)].map(([number, same]) => {
    const readers = new Set(same.map(({ server }) => fullName(server.gateway)))
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
function commonHosts(serverHosts: readonly string[], virtualService: VirtualServiceResource): string[] {
  const common = (virtualService.spec.hosts ?? []).flatMap((written) => {
    const host = expandHost(written, virtualService.namespace)
    return serverHosts.flatMap((serverHost) => {
      const allowed = allowedHost(serverHost, virtualService.namespace)
      if (allowed === null) return []
      if (allowed === host || hostMatches(allowed, host)) return [host]
      return hostMatches(host, allowed) ? [allowed] : []
    })
  })
  return [...new Set(common)]
}

/** A server's `namespace/host` binds only VirtualServices of that namespace. */
function allowedHost(written: string, namespace: string): string | null {
  const [first = '', second] = written.split('/')
  if (second === undefined) return first.toLowerCase()
  return first === namespace ? second.toLowerCase() : null
}

function selectorKey(gateway: Gateway): string {
  return JSON.stringify(Object.entries(gateway.spec.selector ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
