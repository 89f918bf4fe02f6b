/** What a caller in one namespace does with requests for one host: the routes of the VirtualService that speaks for it, else the default. */
import { compareHostSpecificity, hostMatches, type OutboundSnapshot } from '@meshmart/mesh-policy'
import { expandHost } from '../host.ts'
import { ofKind, type ResourceOf } from '../resource.ts'
import { clustersOf, clustersForWorkloads, withHashRetries } from './clusters.ts'
import { httpRoutesOf } from './delegate.ts'
import { compileTcpPort } from './l4-route.ts'
import { DEFAULT_PORT, MESH, type PreparedModel } from './model.ts'
import { compileRoutes, defaultRoutes, type CompiledRoute } from './route.ts'
import { carriageAt, httpPortsOf } from './service.ts'

type VirtualService = ResourceOf<'VirtualService'>
const SIDECARS: ReadonlySet<string> = new Set([MESH])

/** @param host fully qualified; @returns null where neither a service nor a VirtualService has it */
export function compileOutbound(model: PreparedModel, namespace: string, host: string): OutboundSnapshot | null {
  const speakers = virtualServicesFor(ofKind(model.resources, 'VirtualService'), host)
  const service = model.services.find(host)
  if (speakers.length === 0 && service === null) return null
  const httpPorts = service === null ? [DEFAULT_PORT] : httpPortsOf(service)
  const compiled = compileHttp(model, speakers, host, httpPorts)
  const tcp = (service?.ports ?? []).flatMap((port) => {
    const carriage = service === null ? 'HTTP' : carriageAt(service, port)
    if (carriage !== 'TCP' && carriage !== 'TLS') return []
    return [{ port, ...pick(compileTcpPort(model, speakers, SIDECARS, port, carriage, host)) }]
  })
  const destinations = [...compiled, ...tcp].flatMap((each) => each.destinations)
  const clusters = clustersOf(model, destinations, namespace)
  const clustersFor = clustersForWorkloads(model, destinations, namespace)
  return {
    host,
    namespace,
    routes: withHashRetries(
      compiled.map(({ route }) => route),
      clusters,
    ),
    clusters,
    ...(tcp.length > 0 && {
      tcp: Object.fromEntries(tcp.map(({ port, compiledPort }) => [String(port), compiledPort])),
    }),
    ...(clustersFor.length > 0 && { clustersFor }),
  }
}

const pick = ({ port, destinations }: ReturnType<typeof compileTcpPort>) => ({ compiledPort: port, destinations })

function compileHttp(
  model: PreparedModel,
  speakers: readonly VirtualService[],
  host: string,
  ports: readonly number[],
): CompiledRoute[] {
  if (ports.length === 0) return []
  const context = { model, readers: SIDECARS, scheme: 'http', ports, portIsFixed: false } as const
  const speaker = speakers.find((virtualService) => httpRoutesOf(virtualService, model.resources).length > 0)
  return speaker === undefined ? defaultRoutes(host, context) : compileRoutes(speaker, context)
}

/** Sidecars do not merge: of several VirtualServices for a host the most specific one speaks, and of equals the first. */
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
