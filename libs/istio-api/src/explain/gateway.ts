/** A request as a gateway treats it: which server takes it, which VirtualService speaks for its host, and whither it goes. */
import {
  compareHostSpecificity,
  HostIndex,
  hostOfAuthority,
  normalisePath,
  RESPONSE_FLAGS,
  type Route,
} from '@meshmart/mesh-policy'
import { clustersOf } from '../compile/clusters.ts'
import { gatewaysFor } from '../compile/gateways.ts'
import { mergeServers, type MergedServer } from '../compile/gateway-servers.ts'
import { compileGatewayInbound, compileInbound } from '../compile/inbound.ts'
import { compileRoutes } from '../compile/route.ts'
import { explainDestinations, explainMirrors } from './destinations.ts'
import { NOTHING, type Explanation } from './explanation.ts'
import {
  alternatives,
  boundTo,
  commonHosts,
  gatewayListener,
  takesEverything,
  type GatewayPort,
} from './gateway-listeners.ts'
import { guardConnection, guardRequest, type Clock } from './guards.ts'
import { answer, ownAnswer, routeWords, upstreamOf } from './http-actions.ts'
import { findRoute, isFound } from './http-route.ts'
import { portsOf, servicesOf } from './inbound-ports.ts'
import { meet } from './listener.ts'
import type { ExplainedMesh } from './mesh.ts'
import type { AskedRequest, Question } from './question.ts'
import { resourceName } from './words.ts'

export async function explainGateway(mesh: ExplainedMesh, asked: Question, clock: Clock): Promise<Explanation> {
  const { model } = mesh
  const question = mesh.running === null ? asked : { ...asked, namespace: edgeNamespace(mesh, asked) }
  const { namespace, labels, connection, request } = question
  const port = gatewayPorts(mesh, question).find(({ number }) => number === connection.port)
  const servers = port === undefined ? [] : serversAt(port, connection.host)
  const bind = servers[0]?.written.bind ?? ''
  const listener =
    port === undefined ? null : gatewayListener(model, namespace, { ...port, servers }, bind === '' ? '0.0.0.0' : bind)
  if (listener === null) return { ...NOTHING, error: 'NoListener' }
  const shown: Explanation = {
    ...NOTHING,
    listener: { name: listener.name, port: connection.port, protocol: listener.protocol },
  }
  const application = request === null ? 'tcp' : request.http2 ? 'h2c' : 'http/1.1'
  const chain = meet(listener, connection, connection.host, application)
  if (typeof chain === 'string') return { ...shown, error: chain }
  const guards = guardsOf(mesh, question)
  const { end } = chain
  if (end.kind === 'tcp') {
    const guarded = guardConnection(guards, question)
    const destinations = end.route.destinations
    const { clusters } = clustersOf(
      model,
      destinations.flatMap(({ cluster }) => destinationOf(cluster) ?? []),
      namespace,
      labels,
    )
    const upstream = {
      method: null,
      path: null,
      authority: null,
      headers: {},
      protocol: connection.security === 'plaintext' ? 'TCP' : 'TLS',
    }
    return {
      ...shown,
      ...guarded,
      gateway: gatewayOf(servers[0]),
      virtualService: resourceName(end.route.source, 'VirtualService'),
      route: end.route.name,
      destinations: explainDestinations(mesh, destinations, clusters),
      upstream: guarded.authorization?.decision === 'DENY' ? null : upstream,
    }
  }
  if (request === null) return { ...shown, error: 'ProtocolError' }
  const group = servers.filter((server) => server.group === end.routes)
  return routed(mesh, group, request, question, clock, shown)
}

const gatewayOf = (server: MergedServer | undefined): string | null =>
  server === undefined ? null : `${server.gateway.namespace}/${server.gateway.name}`

/** In files the gateway is a pod of its namespace, as in Istio. The edge of a mesh that runs is in none: it has what the control plane compiles for it. */
function guardsOf({ model, running }: ExplainedMesh, { namespace, labels }: Question) {
  const trustedProxies = model.meshConfig.defaultConfig?.gatewayTopology?.numTrustedProxies ?? 0
  if (running === null) return { ...compileInbound(model, namespace, '', labels, []), trustedProxies }
  const namespaces = gatewaysFor(model, labels).map((gateway) => gateway.namespace)
  return { ...compileGatewayInbound(model, labels, [...new Set(namespaces)]), trustedProxies }
}

/** The control plane takes the oldest Gateway's for it. */
const edgeNamespace = ({ model }: ExplainedMesh, { namespace, labels }: Question): string =>
  gatewaysFor(model, labels)[0]?.namespace ?? namespace

/** Knative's: a Service with this label leaves the numbers as they are. */
const NO_TRANSLATION = 'experimental.istio.io/disable-gateway-port-translation'

/** Ports as the pods listen: a Service in front of them may call them by another number. */
function gatewayPorts(mesh: ExplainedMesh, question: Question): GatewayPort[] {
  const servers = mergeServers(gatewaysFor(mesh.model, question.labels))
  const inFront = servicesOf(mesh, question).filter(({ service }) => service.labels?.[NO_TRANSLATION] === undefined)
  const listened = (port: number): number => {
    const own = inFront.find(({ service }) => service.ports.includes(port))
    return own === undefined ? port : (portsOf(mesh, own, question).find((each) => each.port === port)?.target ?? port)
  }
  return [...Map.groupBy(servers, ({ port }) => listened(port))].map(([number, same]) => ({ number, servers: same }))
}

/** Those that are bound to the address alone, else those for every address. */
function serversAt({ servers }: GatewayPort, address: string): MergedServer[] {
  const own = servers.filter(({ written }) => written.bind === address)
  return own.length > 0 ? own : servers.filter(({ written }) => (written.bind ?? '') === '')
}

interface GatewayHost {
  readonly name: string
  readonly server: MergedServer
  readonly routes: Route[]
  /** Whose routes they are, in order: hosts with the same are one virtual host to Istio. */
  readonly sources: string[]
  redirects: boolean
}

function hostsOf(
  { model }: ExplainedMesh,
  namespace: string,
  servers: readonly MergedServer[],
): Map<string, GatewayHost> {
  const hosts = new Map<string, GatewayHost>()
  for (const server of servers) {
    const redirects = server.written.tls?.httpsRedirect === true
    const readers = new Set([gatewayOf(server) ?? ''])
    for (const virtualService of boundTo(model, namespace, server)) {
      const context = {
        model,
        namespace,
        readers,
        scheme: server.isTls ? 'https' : 'http',
        ports: [server.port],
        portIsFixed: true,
      } as const
      const routes = alternatives(compileRoutes(virtualService, context).map(({ route }) => route))
      const source = `${gatewayOf(server)} ${virtualService.namespace}/${virtualService.name}`
      for (const host of routes.length === 0 ? [] : commonHosts(server, virtualService)) {
        const known = hosts.get(host)
        if (known === undefined)
          hosts.set(host, { name: `${host}:${server.port}`, server, routes: [...routes], sources: [source], redirects })
        else {
          known.routes.push(...routes)
          known.sources.push(source)
          if (redirects) known.redirects = true
        }
      }
    }
    for (const host of redirects ? server.hosts.map((each) => each.toLowerCase()) : []) {
      const known = hosts.get(host)
      if (known === undefined)
        hosts.set(host, { name: `${host}:${server.port}`, server, routes: [], sources: [], redirects })
      else known.redirects = true
    }
  }
  return hosts
}

/** Istio names a virtual host after the most specific of its hosts. */
function nameOfHost(hosts: ReadonlyMap<string, GatewayHost>, found: GatewayHost): string {
  const key = (host: GatewayHost) => JSON.stringify([host.sources, host.redirects])
  const same = [...hosts]
    .filter(([, each]) => key(each) === key(found))
    .toSorted(([a], [b]) => compareHostSpecificity(a, b) || (a < b ? -1 : 1))
  return same[0]?.[1].name ?? found.name
}

async function routed(
  mesh: ExplainedMesh,
  servers: readonly MergedServer[],
  request: AskedRequest,
  question: Question,
  clock: Clock,
  shown: Explanation,
): Promise<Explanation> {
  const { model } = mesh
  const { namespace, labels, connection } = question
  const hosts = hostsOf(mesh, namespace, servers)
  const asked = hostOfAuthority(request.authority)
  const index = new HostIndex<GatewayHost>()
  for (const [host, each] of hosts) index.add(host, each)
  const found = index.match(asked)[0]
  const guards = guardsOf(mesh, question)
  const cut = request.target.indexOf('?')
  const path = normalisePath(cut === -1 ? request.target : request.target.slice(0, cut), guards.pathNormalization)
  if (path === null) return { ...shown, response: answer(400, 'the path of the request is not well formed') }
  if (found === undefined) {
    const response = answer(RESPONSE_FLAGS.NR.status, `no VirtualService has ${asked} at this port`)
    // Istio keeps an empty host for everything where there is none at all.
    return hosts.size === 0
      ? {
          ...shown,
          gateway: gatewayOf(servers[0]),
          virtualHost: `blackhole:${servers[0]?.port ?? connection.port}`,
          response,
          error: 'NoRoute',
        }
      : { ...shown, gateway: gatewayOf(servers[0]), response, error: 'NoVirtualHost' }
  }
  const atHost: Explanation = { ...shown, gateway: gatewayOf(found.server), virtualHost: nameOfHost(hosts, found) }
  const target = cut === -1 ? path : path + request.target.slice(cut)
  if (found.redirects && connection.security === 'plaintext') {
    const location = `https://${asked}${target}`
    const response = answer(301, 'the server sends everything to https (httpsRedirect)', {
      location,
      headers: { location },
    })
    return { ...atHost, response, error: 'TlsRequired' }
  }
  const guarded = await guardRequest(guards, question, request, path, clock)
  const { claims, fields } = guarded
  const scheme = found.server.isTls ? 'https' : 'http'
  const reader = { namespace, labels, locality: '', port: connection.port, scheme } as const
  const routable = {
    method: request.method,
    path,
    query: guarded.query,
    authority: request.authority,
    jwtClaims: claims,
    header: (name: string) => fields.get(name),
  }
  const sorted = [...found.routes.filter((route) => !takesEverything(route)), ...found.routes.filter(takesEverything)]
  const finding = findRoute(sorted, routable, { ...reader, port: found.server.port })
  const guardedWords = { authentication: guarded.authentication, authorization: guarded.authorization }
  if (!isFound(finding)) {
    const response =
      guarded.response ?? answer(RESPONSE_FLAGS.NR.status, `no route of ${asked} fits ${request.method} ${path}`)
    return { ...atHost, ...guardedWords, match: { clause: null, earlier: finding }, response, error: 'NoRoute' }
  }
  const { prepared, clause, earlier } = finding
  const destinations = prepared.route.destinations
  const { clusters } = clustersOf(
    model,
    destinations.flatMap(({ cluster }) => destinationOf(cluster) ?? []),
    namespace,
    labels,
  )
  // Without a token that stood in it.
  const admitted = { ...request, target: guarded.query === '' ? path : `${path}?${guarded.query}` }
  const sent = { ...admitted, fields: Object.entries(fields.toRecord()) }
  const response = guarded.response ?? ownAnswer(prepared, admitted, fields)
  return {
    ...atHost,
    ...routeWords(prepared),
    ...guardedWords,
    match: { clause, earlier },
    mirror: explainMirrors(mesh, prepared.route.mirrors),
    destinations: explainDestinations(mesh, destinations, clusters),
    upstream: response === null ? upstreamOf(prepared, sent, fields, request.http2 ? 'HTTP/2' : 'HTTP/1.1') : null,
    response,
  }
}

function destinationOf(cluster: string) {
  const [, port = '', subset = '', host] = cluster.split('|')
  return host === undefined ? null : { host, port: Number(port), subset: subset === '' ? null : subset }
}
