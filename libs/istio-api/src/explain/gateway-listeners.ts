/**
 * The listeners of a gateway's workload, one for each port. Servers that end TLS are told apart by the name that the client asks for, and each has its
 * virtual hosts for itself; servers of plain HTTP at one port share theirs. Source: pilot/pkg/networking/core/gateway.go.
 */
import type { Route, TcpRoute } from '@meshmart/mesh-policy'
import { carriageOfProtocol, hostMatches } from '@meshmart/mesh-policy'
import { compileTcpPort } from '../compile/l4-route.ts'
import { gatewayName } from '../compile/http-match.ts'
import type { MergedServer } from '../compile/gateway-servers.ts'
import type { PreparedModel } from '../compile/model.ts'
import type { VirtualService } from '../compile/virtual-services.ts'
import { expandHost } from '../host.ts'
import { inspectorsFor, type Chain, type Listener } from './listener.ts'

export interface GatewayPort {
  /** Where the gateway's pods listen. */
  readonly number: number
  readonly servers: readonly MergedServer[]
}

export function gatewayListener(
  model: PreparedModel,
  namespace: string,
  { number, servers }: GatewayPort,
  bind: string,
): Listener | null {
  const [first] = servers
  if (first === undefined) return null
  const name = `${bind}_${number}`
  if (isPlainHttp(first)) {
    const chain: Chain = { match: {}, terminates: 'nothing', end: { kind: 'http', routes: first.group } }
    return { name, protocol: 'HTTP', chains: [chain], otherwise: null, inspects: () => ({ tls: false, http: false }) }
  }
  const taken = new Set<string>()
  const chains = servers.flatMap((server) => chainsOf(model, namespace, server, taken))
  // Nothing would take a connection: Istio leaves such a listener out.
  if (chains.length === 0) return null
  const ends = chains.some(({ terminates }) => terminates !== 'nothing')
  return {
    name,
    protocol: first.written.port.protocol.toUpperCase(),
    chains,
    otherwise: null,
    inspects: () => ({ tls: ends || inspectorsFor(chains).tls, http: false }),
  }
}

export const isPlainHttp = ({ isTls, written }: MergedServer): boolean =>
  !isTls && carriageOfProtocol(written.port.protocol) === 'HTTP'

function chainsOf(model: PreparedModel, namespace: string, server: MergedServer, taken: Set<string>): Chain[] {
  const { written, hosts, passesThrough, group } = server
  const names = [...new Set(hosts.map((host) => (host.split('/').at(-1) ?? host).toLowerCase()))]
  const match = names.includes('*') || written.tls === undefined ? {} : { serverNames: names }
  const terminates = terminationOf(server)
  if (passesThrough) return passthroughChains(model, namespace, server, taken)
  if (written.port.protocol.toUpperCase() === 'HTTPS')
    return [{ match, terminates, end: { kind: 'http', routes: group } }]
  const route = boundTo(model, namespace, server).flatMap((virtualService) =>
    routesOf(model, server, virtualService, 'TCP'),
  )[0]
  return route === undefined ? [] : [{ match, terminates, end: { kind: 'tcp', route } }]
}

function terminationOf({ written: { tls } }: MergedServer): Chain['terminates'] {
  if (tls === undefined) return 'nothing'
  if (tls.mode === 'ISTIO_MUTUAL') return 'mtls'
  return tls.mode === 'MUTUAL' ? 'client certificate' : 'tls'
}

function passthroughChains(model: PreparedModel, namespace: string, server: MergedServer, taken: Set<string>): Chain[] {
  return boundTo(model, namespace, server).flatMap((virtualService) =>
    routesOf(model, server, virtualService, 'TLS').flatMap((route) =>
      route.match.flatMap(({ sniHosts = [] }): Chain[] => {
        // One name leads to one place: a later rule for it is left out.
        if (sniHosts.some((name) => taken.has(name))) return []
        for (const name of sniHosts) taken.add(name)
        const match = sniHosts.includes('*') ? {} : { serverNames: sniHosts }
        return [{ match, terminates: 'nothing', end: { kind: 'tcp', route } }]
      }),
    ),
  )
}

function routesOf(
  model: PreparedModel,
  server: MergedServer,
  virtualService: VirtualService,
  kind: 'TCP' | 'TLS',
): readonly TcpRoute[] {
  const readers = new Set([gatewayNameOf(server)])
  return compileTcpPort(model, [virtualService], readers, server.written.port.number, kind, null).port.routes
}

const gatewayNameOf = ({ gateway }: MergedServer): string => `${gateway.namespace}/${gateway.name}`

/** VirtualServices that name the gateway and have a host that the server takes. */
export function boundTo(model: PreparedModel, namespace: string, server: MergedServer): VirtualService[] {
  return model.virtualServices
    .boundTo(gatewayName(gatewayNameOf(server), server.gateway.namespace), namespace)
    .filter((virtualService) => commonHosts(server, virtualService).length > 0)
}

/** Hosts that both sides have: of two that overlap the narrower one. */
export function commonHosts({ hosts }: MergedServer, { namespace, spec }: VirtualService): string[] {
  const allowed = hosts.flatMap((written) => {
    const [first = '', second] = written.split('/')
    if (second === undefined) return [first.toLowerCase()]
    return first === namespace ? [second.toLowerCase()] : []
  })
  const common = (spec.hosts ?? []).flatMap((written) => {
    const host = expandHost(written, namespace)
    return allowed.flatMap((each) => {
      if (each === host || hostMatches(each, host)) return [host]
      return hostMatches(host, each) ? [each] : []
    })
  })
  return [...new Set(common)]
}

/**
 * Routes of one VirtualService as a gateway asks them: each alternative for itself, and none behind one that takes everything. Those of several are asked
 * together, and what takes everything comes last, whichever it is from.
 */
export function alternatives(routes: readonly Route[]): Route[] {
  const pieces = routes.flatMap((route) => {
    return route.match.length === 0 ? [route] : route.match.map((match) => ({ ...route, match: [match] }))
  })
  const last = pieces.findIndex(takesEverything)
  return last === -1 ? pieces : pieces.slice(0, last + 1)
}

export function takesEverything({ match: [only] }: Pick<Route, 'match'>): boolean {
  if (only === undefined) return true
  const { uri, ignoreUriCase: _case, sourceLabels: _labels, sourceNamespace: _namespace, port: _port, ...rest } = only
  const all =
    uri === undefined || (uri.kind === 'prefix' && uri.value === '/') || (uri.kind === 'regex' && uri.value === '.*')
  return all && Object.keys(rest).length === 0
}
