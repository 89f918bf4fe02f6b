/**
 * Virtual hosts of one HTTP port of a caller's sidecar: each service under every name that a caller may use for it, and the hosts of VirtualServices that
 * no service has. Source: pilot/pkg/networking/core/httproute.go (`BuildSidecarOutboundVirtualHosts`, `generateVirtualHostDomains`).
 */
import { HostIndex, hostOfAuthority } from '@meshmart/mesh-policy'
import { DEFAULT_PORT } from '../compile/model.ts'
import { CLUSTER_DOMAIN, expandHost } from '../host.ts'
import { egressOf, type Caller, type Egress } from './caller.ts'
import type { ExplainedService } from './mesh.ts'
import { isHttp, type Protocol } from './port-protocol.ts'

export interface FoundHost {
  /** As Istio names it: `reviews.default.svc.cluster.local:9080`. */
  readonly name: string
  /** Whose routes are asked for: a service's host, or a VirtualService's as the request has it. */
  readonly host: string
}

/** Null where no virtual host of the port has the name. @param routes `9080`, or `host:port` of a service that has its own */
export function outboundHost(caller: Caller, routes: string, authority: string): FoundHost | null {
  const colon = routes.lastIndexOf(':')
  if (colon !== -1) return { name: routes, host: routes.slice(0, colon) }
  const port = Number(routes)
  const hosts = hostsOf(caller, port)
  const asked = hostOfAuthority(authority).replace(/\.$/, '.')
  const found = hosts.match(asked)[0]
  return found === undefined ? null : { name: found.name, host: found.isService ? found.host : asked }
}

interface VirtualHost extends FoundHost {
  readonly isService: boolean
}

const tables = new WeakMap<Caller, Map<number, HostIndex<VirtualHost>>>()

function hostsOf(caller: Caller, port: number): HostIndex<VirtualHost> {
  let ofCaller = tables.get(caller)
  if (ofCaller === undefined) tables.set(caller, (ofCaller = new Map()))
  let table = ofCaller.get(port)
  if (table === undefined) ofCaller.set(port, (table = build(caller, port)))
  return table
}

function build(caller: Caller, port: number): HostIndex<VirtualHost> {
  const table = new HostIndex<VirtualHost>()
  const taken = new Set<string>()
  const put = (domain: string, host: VirtualHost): void => {
    if (taken.has(domain)) return
    taken.add(domain)
    table.add(domain, host)
  }
  const all = egressOf(caller)
  const egress = all.find((each) => each.port === null || each.port.number === port)
  const services = egress === undefined ? [] : servicesAt(egress, port)
  const known = new Set(services.map(({ service }) => service.host))
  for (const host of virtualServiceHosts(caller, port, known))
    put(host, { name: `${host}:${port}`, host, isService: false })
  for (const each of services) {
    const host = { name: `${each.service.host}:${port}`, host: each.service.host, isService: true }
    for (const domain of domainsOf(each, caller, known)) put(domain, host)
  }
  return table
}

function servicesAt({ services, port: own }: Egress, port: number): ExplainedService[] {
  // A proxy's port takes whatever port the name says.
  if (own?.protocol === 'HTTP_PROXY')
    return services.filter(({ protocols }) => Object.values(protocols).some(speaksHttp))
  return services.filter(({ protocols }) => {
    const protocol = protocols[String(port)]
    return protocol !== undefined && speaksHttp(protocol)
  })
}

const speaksHttp = (protocol: Protocol): boolean => isHttp(protocol) || protocol === 'AUTO'

/** At HTTP's own port all of them; at another one those of VirtualServices that also speak for a service there. */
function virtualServiceHosts({ model, namespace, scope }: Caller, port: number, known: ReadonlySet<string>): string[] {
  return model.of('VirtualService').flatMap((virtualService) => {
    const { spec, namespace: owner } = virtualService
    const gateways = (spec.gateways ?? []).length === 0 ? ['mesh'] : (spec.gateways ?? [])
    if (!gateways.includes('mesh') || (spec.http ?? []).length === 0) return []
    if (!model.virtualServices.isVisible(virtualService, namespace) || !scope.hears(virtualService, port)) return []
    const hosts = (spec.hosts ?? []).map((host) => expandHost(host, owner))
    const speaks = (host: string) => [...known].some((each) => each === host || covers(host, each))
    if (port !== DEFAULT_PORT && !hosts.some(speaks)) return []
    return hosts.filter(
      (host) => !known.has(host) && !(host.startsWith('*') && [...known].some((each) => covers(host, each))),
    )
  })
}

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
