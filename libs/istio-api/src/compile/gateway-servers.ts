/**
 * Servers of several Gateways at one workload, merged as Istio merges them, the oldest Gateway first: HTTP servers of a port stand together, TLS servers of a
 * port are told apart by the name that a client asks for, and what cannot stand beside what is there already is left out as a whole.
 * Source: pilot/pkg/model/gateway.go (`mergeGateways`).
 */
import { carriageOfProtocol, HostIndex, type GatewayServer, type GatewayTls } from '@meshmart/mesh-policy'
import { nameOf, type GatewayServerSpec, type ResourceOf } from '../resource.ts'

type Gateway = ResourceOf<'Gateway'>

export interface MergedServer {
  readonly gateway: Gateway
  readonly written: GatewayServerSpec
  readonly port: number
  /** `host`, or `namespace/host`; `./` and a star for the namespace are worked out. */
  readonly hosts: readonly string[]
  readonly isTls: boolean
  readonly passesThrough: boolean
  /** Servers of one group share their virtual hosts. */
  readonly group: string
}

/** What a Gateway's server loses against, for whoever explains it. */
export interface RefusedServer {
  readonly gateway: Gateway
  readonly written: GatewayServerSpec
  readonly reason: string
}

export const mergeServers = (gateways: readonly Gateway[]): MergedServer[] => serversOf(gateways).servers

/** @param gateways the oldest first */
export function serversOf(gateways: readonly Gateway[]): { servers: MergedServer[]; refused: RefusedServer[] } {
  const merge = new Merge()
  for (const gateway of gateways) for (const written of gateway.spec.servers ?? []) merge.add(gateway, written)
  return { servers: merge.servers, refused: merge.refused }
}

class Merge {
  readonly servers: MergedServer[] = []
  readonly refused: RefusedServer[] = []
  /** Port and address → whether the first server there speaks HTTP in plain text (true) or anything else in plain text (false). */
  readonly #plain = new Map<string, boolean>()
  readonly #tlsHosts = new Set<string>()
  readonly #groups = new Set<string>()

  add(gateway: Gateway, written: GatewayServerSpec): void {
    const server = mergedServer(gateway, written)
    const reason = this.#conflict(server)
    if (reason === null) this.servers.push(server)
    else this.refused.push({ gateway, written, reason })
  }

  #conflict({ written, hosts, isTls, passesThrough, port, group }: MergedServer): string | null {
    const place = `${port} ${written.bind ?? ''}`
    if (written.tls !== undefined) {
      const names = hosts.map((host) => `${place} ${host}`)
      const twice = names.findIndex((name) => this.#tlsHosts.has(name))
      if (twice !== -1) return `another server of port ${port} has ${hosts[twice]} already`
      for (const name of names) this.#tlsHosts.add(name)
    }
    const plain = this.#plain.get(place)
    const isHttp = !isTls && carriageOfProtocol(written.port.protocol) === 'HTTP'
    if (plain !== undefined && !(plain && isHttp)) return `port ${port} speaks another protocol already`
    if (!isTls && plain === undefined) this.#plain.set(place, isHttp)
    if (isTls && !passesThrough) {
      if (this.#groups.has(group)) return `port ${port} of this Gateway has a server of that name already`
      this.#groups.add(group)
    }
    return null
  }
}

function mergedServer(gateway: Gateway, written: GatewayServerSpec): MergedServer {
  const { number, name, protocol } = written.port
  const isTls = carriageOfProtocol(protocol) === 'TLS'
  const passesThrough = isTls && ['PASSTHROUGH', 'AUTO_PASSTHROUGH'].includes(written.tls?.mode ?? 'PASSTHROUGH')
  const hosts = written.hosts.map((host) => withNamespace(host, gateway.namespace))
  return {
    gateway,
    written,
    port: number,
    hosts,
    isTls,
    passesThrough,
    group: isTls ? `https.${number}.${name}.${gateway.name}.${gateway.namespace}` : `http.${number}`,
  }
}

function withNamespace(host: string, own: string): string {
  const [namespace = '', name] = host.split('/')
  if (name === undefined || namespace === '*') return name ?? host
  return namespace === '.' ? `${own}/${name}` : host
}

/**
 * Which server a host belongs to at its port, where TLS is ended: the one that is found by that name, and not each that would fit. A client that asked for
 * the name of one server is not served as another.
 */
export function ownsHost(servers: readonly MergedServer[]): (server: MergedServer, host: string) => boolean {
  const byPort = new Map<number, HostIndex<MergedServer>>()
  for (const server of servers) {
    if (!server.isTls || server.passesThrough) continue
    const index = byPort.get(server.port) ?? new HostIndex<MergedServer>()
    byPort.set(server.port, index)
    for (const host of server.hosts) index.add((host.split('/').at(-1) ?? host).toLowerCase(), server)
  }
  return (server, host) => !server.isTls || server.passesThrough || byPort.get(server.port)?.match(host)[0] === server
}

export function serverOf({ gateway, written, hosts, isTls }: MergedServer): GatewayServer {
  const tls = tlsOf(written, isTls)
  const { number, name, protocol } = written.port
  return {
    source: nameOf(gateway),
    port: { number, name, protocol: protocol.toUpperCase() },
    hosts,
    ...(tls && { tls }),
  }
}

function tlsOf({ tls }: GatewayServerSpec, isTls: boolean): GatewayTls | null {
  if (tls === undefined) return null
  const mode = tls.mode === 'SIMPLE' || tls.mode === 'MUTUAL' ? tls.mode : 'PASSTHROUGH'
  return {
    httpsRedirect: tls.httpsRedirect ?? false,
    mode: isTls ? mode : null,
    credentialName: tls.credentialName ?? null,
    minProtocolVersion: tls.minProtocolVersion === 'TLSV1_3' ? 'TLSv1.3' : 'TLSv1.2',
  }
}
