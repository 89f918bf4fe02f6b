/**
 * Virtual hosts of one HTTP port of a caller's sidecar: each service under every name that a caller may use for it, and the hosts of VirtualServices that
 * no service has. Source: pilot/pkg/networking/core/httproute.go (`BuildSidecarOutboundVirtualHosts`, `generateVirtualHostDomains`).
 */
import { HostIndex, hostOfAuthority } from '@meshmart/mesh-policy'
import { DEFAULT_PORT, MESH } from '../compile/model.ts'
import { compileRoutes, type CompiledRoute } from '../compile/route.ts'
import type { VirtualService } from '../compile/virtual-services.ts'
import { CLUSTER_DOMAIN, expandHost } from '../host.ts'
import { egressOf, type Caller, type Egress } from './caller.ts'
import type { ExplainedService } from './mesh.ts'
import { isHttp } from './port-protocol.ts'

export interface FoundHost {
  /** As Istio names it: `reviews.default.svc.cluster.local:9080`. */
  readonly name: string
  /** Of the service whose routes are asked for. */
  readonly host: string
  /** Whose routes are asked for where no service has the host; null where one has. */
  readonly virtualService: VirtualService | null
}

/** Null where no virtual host of the port has the name. @param routes `9080`, or `host:port` of a service that has its own */
export function outboundHost(caller: Caller, routes: string, authority: string): FoundHost | null {
  const colon = routes.lastIndexOf(':')
  if (colon !== -1) return { name: routes, host: routes.slice(0, colon), virtualService: null }
  return hostsOf(caller, Number(routes)).match(hostOfAuthority(authority))[0] ?? null
}

const tables = new WeakMap<Caller, Map<number, HostIndex<FoundHost>>>()

function hostsOf(caller: Caller, port: number): HostIndex<FoundHost> {
  let ofCaller = tables.get(caller)
  if (ofCaller === undefined) tables.set(caller, (ofCaller = new Map()))
  let table = ofCaller.get(port)
  if (table === undefined) ofCaller.set(port, (table = build(caller, port)))
  return table
}

function build(caller: Caller, port: number): HostIndex<FoundHost> {
  const table = new HostIndex<FoundHost>()
  const taken = new Set<string>()
  const put = (domain: string, host: FoundHost): void => {
    if (taken.has(domain)) return
    taken.add(domain)
    table.add(domain, host)
  }
  const all = egressOf(caller)
  const egress = all.find((each) => each.port === null || each.port.number === port)
  const services = egress === undefined ? [] : servicesAt(egress, port)
  const known = new Set(services.map(({ service }) => service.host))
  for (const { host, virtualService } of virtualServiceHosts(caller, port, known)) {
    put(host, { name: `${host}:${port}`, host, virtualService })
  }
  for (const each of services.filter(({ protocols }) => speaksAt(protocols, egress, port))) {
    const host = { name: `${each.service.host}:${port}`, host: each.service.host, virtualService: null }
    for (const domain of domainsOf(each, caller, known)) put(domain, host)
  }
  return table
}

const isProxy = (egress: Egress | undefined): boolean => egress?.port?.protocol === 'HTTP_PROXY'

function servicesAt(egress: Egress, port: number): readonly ExplainedService[] {
  // A proxy's port takes whatever port the name says.
  return isProxy(egress) ? egress.services : egress.services.filter(({ service }) => service.ports.includes(port))
}

function speaksAt(protocols: ExplainedService['protocols'], egress: Egress | undefined, port: number): boolean {
  const asked = isProxy(egress) ? Object.values(protocols) : [protocols[String(port)]]
  return asked.some((protocol) => protocol !== undefined && (isHttp(protocol) || protocol === 'AUTO'))
}

interface WrittenHost {
  readonly host: string
  readonly virtualService: VirtualService
}

/** At HTTP's own port all of them; at another one those of VirtualServices that also speak for a service there. */
function virtualServiceHosts(caller: Caller, port: number, known: ReadonlySet<string>): WrittenHost[] {
  const { model, namespace, scope } = caller
  return model.of('VirtualService').flatMap((virtualService): WrittenHost[] => {
    const { spec, namespace: owner } = virtualService
    const gateways = (spec.gateways ?? []).length === 0 ? ['mesh'] : (spec.gateways ?? [])
    if (!gateways.includes('mesh') || routesForHost(caller, virtualService, port).length === 0) return []
    if (!model.virtualServices.isVisible(virtualService, namespace) || !scope.hears(virtualService, port)) return []
    const hosts = (spec.hosts ?? []).map((host) => expandHost(host, owner))
    const speaks = (host: string) => [...known].some((each) => each === host || covers(host, each))
    if (port !== DEFAULT_PORT && !hosts.some(speaks)) return []
    return hosts
      .filter((host) => !known.has(host) && !(host.startsWith('*') && [...known].some((each) => covers(host, each))))
      .map((host) => ({ host, virtualService }))
  })
}

/** Of a VirtualService for hosts that no service has: those that are meant for this caller. */
export function routesForHost(
  { model, namespace, concerns }: Caller,
  virtualService: VirtualService,
  port: number,
): CompiledRoute[] {
  const context = { model, namespace, readers: SIDECARS, scheme: 'http', ports: [port], portIsFixed: false } as const
  return compileRoutes(virtualService, context).filter(
    ({ route }) => route.match.length === 0 || route.match.some(concerns),
  )
}

const SIDECARS: ReadonlySet<string> = new Set([MESH])

const covers = (pattern: string, host: string): boolean =>
  pattern === '*' || (pattern.startsWith('*') && host.endsWith(pattern.slice(1)))

function domainsOf(
  { service, registry, passthrough, addresses }: ExplainedService,
  { namespace, mesh }: Caller,
  known: ReadonlySet<string>,
): string[] {
  const { host } = service
  const aliases = mesh.aliases.filter(({ externalName }) => externalName === host).map((alias) => alias.service.host)
  const names = [host, ...aliases].flatMap((name) => [
    name,
    ...shortNames(name, namespace).filter((short) => !known.has(short)),
  ])
  const perPod = passthrough && registry === 'Kubernetes' ? names.map((name) => `*.${name}`) : []
  return [...names, ...perPod, ...addresses.map(bracketed)].map((domain) => domain.toLowerCase())
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address)

/** `reviews`, `reviews.default`, `reviews.default.svc`, and the whole with a dot at its end. */
function shortNames(host: string, namespace: string): string[] {
  const absolute = host.startsWith('*') ? [] : [`${host}.`]
  const suffix = `.${CLUSTER_DOMAIN}`
  if (!host.endsWith(suffix)) return absolute
  const qualified = host.slice(0, -suffix.length)
  const [name, owner, ...more] = qualified.split('.')
  if (name === undefined || owner === undefined || more.length > 0) return [...absolute, `${qualified}.svc`, qualified]
  const short = owner === namespace ? [name] : []
  return [...absolute, ...short, `${qualified}.svc`, qualified]
}
