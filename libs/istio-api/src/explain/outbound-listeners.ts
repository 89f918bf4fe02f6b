/**
 * The listeners of a caller's sidecar, as Istio makes them of the services that it sees: HTTP ports share one for all addresses, and are told apart by
 * their virtual hosts; TCP ports stand at the service's own address, or are told apart by the server name; what is neither is looked at first.
 * Source: pilot/pkg/networking/core/listener.go (`buildSidecarOutboundListeners`) and tls.go.
 */
import type { TcpRoute } from '@meshmart/mesh-policy'
import { clusterName } from '../compile/cluster.ts'
import { compileTcpPort } from '../compile/l4-route.ts'
import { MESH } from '../compile/model.ts'
import { speakersAt } from '../compile/outbound.ts'
import { DYNAMIC_DNS_CLUSTER, PASSTHROUGH_CLUSTER } from '../compile/passthrough.ts'
import { PLAINTEXT_HTTP, type ChainMatch } from './filter-chain.ts'
import { inspectorsFor, type Chain, type Listener } from './listener.ts'
import type { ExplainedService } from './mesh.ts'
import { egressOf, type Caller, type Egress } from './caller.ts'
import { isTls, listenerProtocolOf, type ListenerProtocol, type Protocol } from './port-protocol.ts'

const EVERYWHERE = '0.0.0.0'
const SIDECARS: ReadonlySet<string> = new Set([MESH])

interface Entry {
  readonly bind: string
  readonly port: number
  protocol: Protocol
  chains: Chain[]
  locked: boolean
}

interface Place {
  readonly bind: string
  readonly port: number
  readonly protocol: Protocol
  readonly subnets: readonly string[]
}

/** @returns by `address:port` */
export function outboundListeners(caller: Caller): ReadonlyMap<string, Listener> {
  const entries = new Map<string, Entry>()
  for (const egress of egressOf(caller)) {
    if (egress.port === null) for (const entry of entries.values()) entry.locked = true
    for (const service of egress.services) {
      const ports = egress.port === null ? portsOf(service) : [egress.port]
      for (const { number, protocol } of ports) {
        for (const place of placesOf(service, egress, number, protocol, caller))
          addService(entries, caller, service, place)
      }
    }
  }
  return new Map([...entries].map(([key, entry]) => [key, listenerOf(entry, caller)]))
}

/** What meets a connection that no service has a listener for. */
export function virtualOutbound(caller: Caller): Listener {
  const http: Chain = {
    match: { applicationProtocols: PLAINTEXT_HTTP },
    terminates: 'nothing',
    end: { kind: 'http', routes: 'allow_any_dynamic_dns' },
  }
  const chains = caller.scope.outboundTrafficPolicy === 'ALLOW_ANY_DYNAMIC_DNS' ? [...LOOPS, http] : LOOPS
  return {
    name: 'virtualOutbound',
    protocol: 'TCP',
    chains,
    otherwise: unknownChain(caller),
    inspects: () => inspectorsFor(chains),
  }
}

/** Istio's own ports: what comes there would come again and again. */
const LOOPS = [15_001, 15_006].map((port): Chain => ({
  match: { port },
  terminates: 'nothing',
  end: { kind: 'tcp', route: routeTo('BlackHoleCluster', 'default') },
}))

/** A connection to nobody whom the mesh knows. */
function unknownChain({ scope }: Caller): Chain {
  const cluster = scope.outboundTrafficPolicy === 'REGISTRY_ONLY' ? 'BlackHoleCluster' : PASSTHROUGH_CLUSTER
  return {
    match: {},
    terminates: 'nothing',
    end: { kind: 'tcp', route: routeTo(cluster, scope.source ?? 'outboundTrafficPolicy') },
  }
}

export const DYNAMIC_DNS_ROUTE = routeTo(DYNAMIC_DNS_CLUSTER, 'outboundTrafficPolicy')

function routeTo(cluster: string, source: string): TcpRoute {
  return { name: cluster, source, match: [], destinations: [{ cluster, weight: 100 }] }
}

function portsOf({ service, protocols }: ExplainedService): { number: number; protocol: Protocol }[] {
  return service.ports.map((number) => ({ number, protocol: protocols[String(number)] ?? 'AUTO' }))
}

/** Where a port of a service is listened for: at its address, at each of its pods, or everywhere. */
function placesOf(
  service: ExplainedService,
  { bind, port: chosen }: Egress,
  port: number,
  protocol: Protocol,
  { address }: Caller,
): Place[] {
  const kind = listenerProtocolOf(protocol)
  if (kind === null) return []
  if (bind !== null) return [{ bind, port, protocol, subnets: [] }]
  if (kind === 'HTTP') return [{ bind: EVERYWHERE, port, protocol, subnets: [] }]
  const { addresses, passthrough, endpoints, registry } = service
  const single = addresses.filter((each) => !each.includes('/'))
  const blocks = addresses.filter((each) => each.includes('/'))
  if (addresses.length > 0) {
    const own = single.map((each) => ({ bind: each, port, protocol, subnets: [] }))
    return blocks.length === 0 ? own : [...own, { bind: EVERYWHERE, port, protocol, subnets: blocks }]
  }
  const isSelecting = registry === 'Kubernetes' || service.service.selector !== undefined || endpoints.length > 0
  if (!passthrough || !isSelecting || chosen !== null) return [{ bind: EVERYWHERE, port, protocol, subnets: [] }]
  // A connection to oneself leaves by no listener.
  return endpoints
    .filter((endpoint) => endpoint.address !== address && isAddress(endpoint.address))
    .map((endpoint) => ({ bind: endpoint.address, port, protocol, subnets: [] }))
}

const isAddress = (text: string): boolean => /^[\d.]+$/.test(text) || text.includes(':')

function addService(entries: Map<string, Entry>, caller: Caller, service: ExplainedService, place: Place): void {
  const { bind, port, protocol } = place
  const key = `${bind}:${port}`
  const known = entries.get(key)
  if (known?.locked === true) return
  const incoming = listenerProtocolOf(protocol)
  const existing = known === undefined ? null : listenerProtocolOf(known.protocol)
  if (known !== undefined && conflictsOnServerFirst(known.protocol, protocol)) return
  const http = (): Chain[] => [httpChain(service, place, incoming)]
  const tcp = (): Chain[] => tcpChains(caller, service, place)
  if (known === undefined || (incoming === 'AUTO' && existing === 'HTTP')) {
    const chains = incoming === 'HTTP' ? http() : incoming === 'TCP' ? tcp() : [...tcp(), ...http()]
    // HTTP for every address also lets other connections through: from then on it is looked at.
    const kept = incoming === 'HTTP' && bind === EVERYWHERE ? 'AUTO' : protocol
    entries.set(key, { bind, port, protocol: kept, chains, locked: false })
    return
  }
  if (incoming === 'HTTP') {
    if (existing !== 'TCP') return
    merge(known, http())
    known.protocol = 'AUTO'
  } else if (incoming === 'TCP') {
    merge(known, tcp())
    if (existing === 'HTTP') known.protocol = 'AUTO'
  } else {
    merge(known, existing === 'TCP' ? [...tcp(), ...http()] : tcp())
    known.protocol = 'AUTO'
  }
}

function conflictsOnServerFirst(existing: Protocol, incoming: Protocol): boolean {
  const first: readonly Protocol[] = ['Mongo', 'MySQL']
  return existing !== incoming && (first.includes(existing) || first.includes(incoming))
}

/** Of chains that ask for the same the first stays. */
function merge(entry: Entry, chains: readonly Chain[]): void {
  const known = new Set(entry.chains.map(({ match }) => JSON.stringify(match)))
  entry.chains.push(...chains.filter(({ match }) => !known.has(JSON.stringify(match))))
}

function httpChain({ service }: ExplainedService, { bind, port }: Place, kind: ListenerProtocol): Chain {
  const alone = kind === 'AUTO' && bind !== EVERYWHERE
  const sniffed = kind === 'AUTO' || bind === EVERYWHERE
  return {
    match: sniffed ? { applicationProtocols: PLAINTEXT_HTTP, transport: 'raw_buffer' } : {},
    terminates: 'nothing',
    end: { kind: 'http', routes: alone ? `${service.host}:${port}` : String(port) },
  }
}

function tcpChains(caller: Caller, { service, addresses }: ExplainedService, place: Place): Chain[] {
  const { model, namespace, scope } = caller
  const { bind, port, protocol, subnets } = place
  const speakers = speakersAt(model, namespace, service.host, service, port, scope)
  const kind = isTls(protocol) ? 'TLS' : 'TCP'
  const compiled = compileTcpPort(model, speakers, SIDECARS, port, kind, service.host)
  // Where an address tells services apart, nobody has to ask for a name.
  const byName = kind === 'TLS' && (subnets.length > 0 || (addresses.length === 0 && bind === EVERYWHERE))
  return compiled.port.routes.flatMap((route): Chain[] => {
    const mine = (route.match.length === 0 ? [{}] : route.match).filter((match) => caller.concerns(match))
    return mine.map((match) => {
      const names = match.sniHosts ?? (byName && route.source === 'default' ? [service.host] : [])
      const blocks = match.destinationSubnets ?? subnets
      const asked: ChainMatch = {
        ...(names.length > 0 && !names.includes('*') && { serverNames: names }),
        ...(blocks.length > 0 && { subnets: blocks }),
      }
      const end = {
        kind: 'tcp',
        route: route.source === 'default' ? onOnlyPort(route, service.host, service.ports, port) : route,
      } as const
      return { match: asked, terminates: 'nothing', end }
    })
  })
}

/** At a port that the Sidecar chose, a service with one port is called at that. */
function onOnlyPort(route: TcpRoute, host: string, ports: readonly number[], asked: number): TcpRoute {
  const [only] = ports
  if (ports.length !== 1 || only === undefined || only === asked) return route
  return { ...route, destinations: [{ cluster: clusterName({ host, port: only, subset: null }), weight: 100 }] }
}

function listenerOf({ bind, port, protocol, chains }: Entry, caller: Caller): Listener {
  const fallback = chains.find(({ match }) => Object.keys(match).length === 0)
  const asking = chains.filter((chain) => chain !== fallback)
  return {
    name: `${bind}_${port}`,
    protocol: words(protocol, chains),
    chains: asking,
    otherwise: fallback ?? unknownChain(caller),
    inspects: () => inspectorsFor(chains),
  }
}

function words(protocol: Protocol, chains: readonly Chain[]): string {
  if (chains.every(({ end }) => end.kind === 'http')) return 'HTTP'
  return protocol === 'AUTO' ? 'AUTO' : protocol
}
