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
  type VirtualHost,
} from '@meshmart/mesh-policy'
import { expandHost } from '../host.ts'
import { nameOf, ofKind, type ResourceOf } from '../resource.ts'
import { clustersOf, portOf, type MeshModel } from './model.ts'
import { compileRoutes, type CompiledRoute } from './route.ts'

type Gateway = ResourceOf<'Gateway'>
type VirtualServiceResource = ResourceOf<'VirtualService'>

/** One snapshot per selector. */
export function compileGateways(model: MeshModel): GatewaySnapshot[] {
  const bySelector = Map.groupBy(ofKind(model.resources, 'Gateway'), selectorKey)
  return [...bySelector.values()].map((gateways) => compileWorkload(model, gateways))
}

function compileWorkload(model: MeshModel, gateways: readonly Gateway[]): GatewaySnapshot {
  const bindings = gateways.flatMap((gateway) => bindingsOf(model, gateway))
  const routesOf = new Map<VirtualServiceResource, CompiledRoute[]>()
  for (const { virtualService } of bindings) {
    routesOf.set(
      virtualService,
      compileRoutes(virtualService, (host) => portOf(model, host)),
    )
  }
  return {
    selector: gateways[0]?.spec.selector ?? {},
    servers: gateways.flatMap(serversOf),
    virtualHosts: virtualHosts(bindings, routesOf),
    clusters: clustersOf(model, [...routesOf.values()].flat(), gateways[0]?.namespace ?? ''),
  }
}

interface Binding {
  readonly port: number
  readonly host: string
  readonly virtualService: VirtualServiceResource
}

function bindingsOf(model: MeshModel, gateway: Gateway): Binding[] {
  const bound = ofKind(model.resources, 'VirtualService').filter((virtualService) => names(virtualService, gateway))
  return (gateway.spec.servers ?? []).flatMap((server) =>
    bound.flatMap((virtualService) =>
      commonHosts(server.hosts, gateway, virtualService).map((host) => {
        return { port: server.port.number, host, virtualService }
      }),
    ),
  )
}

function virtualHosts(
  bindings: readonly Binding[],
  routesOf: ReadonlyMap<VirtualServiceResource, readonly CompiledRoute[]>,
): VirtualHost[] {
  const byHost = Map.groupBy(bindings, ({ port, host }) => `${port} ${host}`)
  return [...byHost.values()]
    .flatMap((same): VirtualHost[] => {
      const [first] = same
      if (first === undefined) return []
      const sources = new Set(same.map(({ virtualService }) => virtualService))
      const routes = [...sources].flatMap((source) => routesOf.get(source) ?? []).map(({ route }) => route)
      const specific = routes.filter((route) => route.match.length > 0)
      const catchAll = routes.filter((route) => route.match.length === 0)
      return [{ hosts: [first.host], port: first.port, routes: [...specific, ...catchAll] }]
    })
    .toSorted((a, b) => compareHostSpecificity(a.hosts[0] ?? '', b.hosts[0] ?? ''))
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
  return (gateway.spec.servers ?? []).map((server) => ({
    source: nameOf(gateway),
    port: { number: server.port.number, name: server.port.name, protocol: server.port.protocol.toUpperCase() },
    hosts: server.hosts,
  }))
}

function selectorKey(gateway: Gateway): string {
  return JSON.stringify(Object.entries(gateway.spec.selector ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
