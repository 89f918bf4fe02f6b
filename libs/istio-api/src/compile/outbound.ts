/**
 * What a caller in one namespace does with requests for one host: the routes of the VirtualService that speaks for it, else the default. A Sidecar with
 * a selector shows its workloads something else: that stands beside, and the reader takes what is meant for its labels.
 */
import { compareHostSpecificity, hostMatches, type OutboundSnapshot, type OutboundView } from '@meshmart/mesh-policy'
import { expandHost } from '../host.ts'
import type { ResourceOf } from '../resource.ts'
import { clustersForWorkloads, clustersOf, withHashRetries } from './clusters.ts'
import { compileTcpPort } from './l4-route.ts'
import { DEFAULT_PORT, MESH, type PreparedModel } from './model.ts'
import { passthroughView } from './passthrough.ts'
import { callersOf, compileRoutes, defaultRoutes, type CompiledRoute } from './route.ts'
import { carriageAt, type MeshService } from './service.ts'
import type { SidecarScope } from './sidecar-scope.ts'
import type { Labels } from './workload.ts'

type VirtualService = ResourceOf<'VirtualService'>
const SIDECARS: ReadonlySet<string> = new Set([MESH])

/** @param host fully qualified; @returns null where the caller's namespace knows neither a service nor a VirtualService for it */
export function compileOutbound(model: PreparedModel, namespace: string, host: string): OutboundSnapshot | null {
  const scopes = model.sidecars.scopesOf(namespace)
  const views = scopes.map((scope) => ({ scope, view: compileView(model, namespace, host, scope) }))
  const base = views.at(-1)?.view ?? null
  if (views.every(({ view }) => view === null)) return null
  const own = views.slice(0, -1)
  const same = own.length === 0 ? '' : JSON.stringify(base)
  const differs = own.some(({ view }) => JSON.stringify(view) !== same)
  return {
    host,
    namespace,
    ...(base ?? { routes: [], clusters: {}, unknown: true }),
    ...(differs && { viewsFor: own.map(({ scope, view }) => ({ labels: scope.labels, view })) }),
  }
}

/** The same for the workloads of one Sidecar scope; null where they do not know the host. */
export function compileView(
  model: PreparedModel,
  namespace: string,
  host: string,
  scope: SidecarScope,
): OutboundView | null {
  const called = calledPorts(model, namespace, host, scope)
  if (called === null) return passthroughView(model, host, scope)
  const { service, ports } = called
  const http = compileHttp(model, namespace, host, scope, called)
  const tcp = ports.flatMap((port) => {
    const carriage = service === null ? 'HTTP' : carriageAt(service, port)
    if (carriage !== 'TCP' && carriage !== 'TLS') return []
    const speakers = speakersAt(model, namespace, host, service, port, scope)
    return [{ number: port, ...compileTcpPort(model, speakers, SIDECARS, port, carriage, host) }]
  })
  const destinations = [...http, ...tcp].flatMap((each) => each.destinations)
  const { clusters, absent } = clustersOf(model, destinations, namespace)
  const clustersFor = clustersForWorkloads(model, destinations, namespace)
  return {
    routes: withHashRetries(
      http.map(({ route }) => route),
      clusters,
    ),
    clusters,
    ...(called.knownTo && { knownTo: called.knownTo }),
    ...(absent.length > 0 && { absent }),
    ...(tcp.length > 0 && { tcp: Object.fromEntries(tcp.map(({ number, port }) => [String(number), port])) }),
    ...(clustersFor.length > 0 && { clustersFor }),
  }
}

interface Called {
  /** Null where only VirtualServices know the host. */
  readonly service: MeshService | null
  /** Of the service as far as the caller sees them; of a host that no service has, HTTP's own. */
  readonly ports: readonly number[]
  /** Labels of which a caller must carry one set, where only VirtualServices for some callers know the host. */
  readonly knownTo?: readonly Labels[]
}

/** Null where nothing that the caller sees has the host. */
export function calledPorts(model: PreparedModel, namespace: string, host: string, scope: SidecarScope): Called | null {
  const seen = (service: MeshService) => service.ports.filter((port) => scope.sees(service, port))
  const service = model.services.find(host, namespace, (each) => seen(each).length > 0)
  if (service !== null) return { service, ports: seen(service) }
  const chain = chainAt(model, namespace, host, null, DEFAULT_PORT, scope)
  if (chain.length === 0) return null
  const callers = chain.flatMap((speaker) => {
    return speaker === null ? [] : callersOf(speaker, { model, readers: SIDECARS, namespace, port: DEFAULT_PORT })
  })
  const isForAll = callers.some((labels) => Object.keys(labels).length === 0)
  return { service: null, ports: [DEFAULT_PORT], ...(!isForAll && { knownTo: callers }) }
}

/** VirtualServices that may speak for a host at one port, in the order in which they are asked. */
export function speakersAt(
  model: PreparedModel,
  namespace: string,
  host: string,
  service: MeshService | null,
  port: number,
  scope: SidecarScope,
): VirtualService[] {
  return model.virtualServices.speakersFor(
    host,
    namespace,
    (virtualService) => scope.hears(virtualService, port),
    service?.host ?? null,
    port === DEFAULT_PORT,
    (pattern) =>
      model.services.hasBelow(pattern, (each) => {
        return each.ports.includes(port) && scope.sees(each, port) && model.services.isVisible(each, namespace)
      }),
  )
}

function compileHttp(
  model: PreparedModel,
  namespace: string,
  host: string,
  scope: SidecarScope,
  { service, ports }: Called,
): CompiledRoute[] {
  const http = ports.filter((port) => service === null || carriageAt(service, port) === 'HTTP')
  const chains = http.map((port) => ({ port, chain: chainAt(model, namespace, host, service, port, scope) }))
  const groups = Map.groupBy(chains, ({ chain }) => chain.map((each) => each?.namespace + '/' + each?.name).join(' '))
  return [...groups.values()].flatMap((same) => {
    const context = {
      model,
      readers: SIDECARS,
      namespace,
      scheme: 'http',
      ports: same.map(({ port }) => port),
      portIsFixed: false,
      // A port that a Sidecar hides must not be taken for another one.
      conditionOnPort: groups.size > 1 || ports.length < (service?.ports.length ?? 0),
    } as const
    return (same[0]?.chain ?? []).flatMap((speaker, place) => {
      const compiled = speaker === null ? defaultRoutes(host, context) : compileRoutes(speaker, context)
      // One whose every condition asks for other callers leaves the host to the next, as in Istio.
      return place === 0
        ? compiled
        : compiled.map(({ route, destinations }) => ({ route: { ...route, onlyIfAlone: true as const }, destinations }))
    })
  })
}

/** Who speaks at a port: the first that has a route for every caller ends the list; null at its end is the default route. */
function chainAt(
  model: PreparedModel,
  namespace: string,
  host: string,
  service: MeshService | null,
  port: number,
  scope: SidecarScope,
): (VirtualService | null)[] {
  const chain: (VirtualService | null)[] = []
  for (const speaker of speakersAt(model, namespace, host, service, port, scope)) {
    const callers = callersOf(speaker, { model, readers: SIDECARS, namespace, port })
    if (callers.length > 0) chain.push(speaker)
    if (callers.some((labels) => Object.keys(labels).length === 0)) return chain
  }
  // A host that no service has is nowhere without a VirtualService.
  return service === null ? chain : [...chain, null]
}

/** All that have a host, for whoever looks at the resources themselves: the most specific first, and of equals the first. */
export function virtualServicesFor(virtualServices: readonly VirtualService[], host: string): VirtualService[] {
  const fitting = virtualServices
    .filter((virtualService) => (virtualService.spec.gateways ?? [MESH]).includes(MESH))
    .flatMap((virtualService) =>
      (virtualService.spec.hosts ?? [])
        .map((written) => ({ virtualService, pattern: expandHost(written, virtualService.namespace) }))
        .filter(({ pattern }) => hostMatches(pattern, host)),
    )
  return fitting
    .toSorted((a, b) => compareHostSpecificity(a.pattern, b.pattern))
    .map(({ virtualService }) => virtualService)
}
