/** A request as the caller's sidecar treats it: a listener, a chain, a virtual host, a route. */
import {
  normalisePath,
  RESPONSE_FLAGS,
  unknownHostWords,
  viewOf,
  type OutboundView,
  type TcpRoute,
} from '@meshmart/mesh-policy'
import { clustersOf } from '../compile/clusters.ts'
import { compileOutbound } from '../compile/outbound.ts'
import { meshConfigOf } from '../compile/model.ts'
import { callerOf, type Caller } from './caller.ts'
import { explainDestinations, explainMirrors } from './destinations.ts'
import { NOTHING, type Explanation } from './explanation.ts'
import { Fields } from './fields.ts'
import { answer, ownAnswer, routeWords, upstreamOf } from './http-actions.ts'
import { findRoute, isFound } from './http-route.ts'
import { meet, type Listener } from './listener.ts'
import type { ExplainedMesh } from './mesh.ts'
import { outboundHost, routesForHost, type FoundHost } from './outbound-hosts.ts'
import { DYNAMIC_DNS_ROUTE, outboundListeners, virtualOutbound } from './outbound-listeners.ts'
import type { AskedRequest, Question } from './question.ts'
import { resourceName } from './words.ts'

const callers = new WeakMap<ExplainedMesh, Map<string, { caller: Caller; listeners: ReadonlyMap<string, Listener> }>>()

function known(mesh: ExplainedMesh, { namespace, labels, address }: Question) {
  let ofMesh = callers.get(mesh)
  if (ofMesh === undefined) callers.set(mesh, (ofMesh = new Map()))
  const key = JSON.stringify([namespace, labels, address])
  let found = ofMesh.get(key)
  if (found === undefined) {
    const caller = callerOf(mesh, namespace, labels, address)
    ofMesh.set(key, (found = { caller, listeners: outboundListeners(caller) }))
  }
  return found
}

export function explainOutbound(mesh: ExplainedMesh, question: Question): Explanation {
  const { caller, listeners } = known(mesh, question)
  const { connection, request } = question
  const address = resolve(caller, connection.host)
  const listener =
    listeners.get(`${address}:${connection.port}`) ??
    listeners.get(`0.0.0.0:${connection.port}`) ??
    virtualOutbound(caller)
  const shown = { ...NOTHING, listener: { name: listener.name, port: connection.port, protocol: listener.protocol } }
  const application = request === null ? 'tcp' : request.http2 ? 'h2c' : 'http/1.1'
  const chain = meet(listener, connection, address, application)
  if (typeof chain === 'string') return { ...shown, error: chain }
  if (chain.end.kind === 'tcp') return carried(caller, chain.end.route, question, shown)
  return request === null
    ? { ...shown, error: 'ProtocolError' }
    : routed(caller, chain.end.routes, request, question, shown)
}

/** Any address that nobody in the mesh has. */
const ELSEWHERE = '192.0.2.1'

/** Where a name leads: what DNS in the caller's namespace would say. */
function resolve({ mesh, model, namespace }: Caller, host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (/^[\d.]+$/.test(bare) || bare.includes(':')) return bare
  const found = model.services.resolve(namespace, bare)
  const service = mesh.services.find((each) => each.service === found?.service)
  if (service === undefined) return aliasAddress(mesh, namespace, bare) ?? ELSEWHERE
  const [address] = service.addresses
  if (address !== undefined) return address.split('/')[0] ?? address
  return service.passthrough ? (service.endpoints[0]?.address ?? ELSEWHERE) : ELSEWHERE
}

function aliasAddress(mesh: ExplainedMesh, namespace: string, name: string): string | null {
  const alias = mesh.aliases.find(
    ({ service }) =>
      [service.host, `${service.name}.${service.namespace}`, `${service.name}.${service.namespace}.svc`].includes(
        name,
      ) ||
      (service.name === name && service.namespace === namespace),
  )
  const concrete = mesh.services.find(({ service }) => service.host === alias?.externalName)
  return concrete?.addresses[0] ?? null
}

/** A connection that is carried as it is. */
function carried(caller: Caller, route: TcpRoute, { connection, request }: Question, shown: Explanation): Explanation {
  const host = hostOfCluster(route)
  const view = host === null ? null : viewFor(caller, host)
  const isUnknown = route.destinations.some(({ cluster }) => cluster === 'BlackHoleCluster')
  const refused = isUnknown && request !== null && connection.security === 'plaintext'
  return {
    ...shown,
    virtualService: resourceName(route.source, 'VirtualService'),
    route: route.name,
    destinations: explainDestinations(caller.mesh, route.destinations, view?.clusters ?? {}),
    upstream: isUnknown || refused ? null : upstreamOfBytes(request),
    response: refused ? notKnown(request.authority) : null,
  }
}

function upstreamOfBytes(request: AskedRequest | null): Explanation['upstream'] {
  if (request === null) return { method: null, path: null, authority: null, headers: {}, protocol: 'TCP' }
  const { method, target, authority, fields, http2 } = request
  const headers = new Fields(fields).toRecord()
  return { method, path: target, authority, headers, protocol: http2 ? 'HTTP/2' : 'HTTP/1.1' }
}

function hostOfCluster({ destinations }: TcpRoute): string | null {
  return destinations[0]?.cluster.split('|')[3] ?? null
}

const views = new WeakMap<Caller, Map<string, OutboundView | null>>()

function viewFor(caller: Caller, host: string): OutboundView | null {
  let ofCaller = views.get(caller)
  if (ofCaller === undefined) views.set(caller, (ofCaller = new Map()))
  let view = ofCaller.get(host)
  if (view === undefined) {
    const snapshot = compileOutbound(caller.model, caller.namespace, host)
    ofCaller.set(host, (view = snapshot === null ? null : viewOf(snapshot, caller)))
  }
  return view
}

const portOf = (routes: string): number => Number(routes.split(':').at(-1))

function viewOfHost(caller: Caller, { host, virtualService }: FoundHost, port: number): OutboundView | null {
  if (virtualService === null) return viewFor(caller, host)
  const compiled = routesForHost(caller, virtualService, port)
  const { clusters, absent } = clustersOf(
    caller.model,
    compiled.flatMap(({ destinations }) => destinations),
    caller.namespace,
    caller.labels,
  )
  return { routes: compiled.map(({ route }) => route), clusters, absent }
}

const notKnown = (authority: string) => answer(502, unknownHostWords(authority))

function routed(
  caller: Caller,
  routes: string,
  request: AskedRequest,
  question: Question,
  shown: Explanation,
): Explanation {
  if (routes === 'allow_any_dynamic_dns') return passed(caller, request, shown)
  const found = outboundHost(caller, routes, request.authority)
  const view = found === null ? null : viewOfHost(caller, found, portOf(routes))
  if (found === null || view === null)
    return routes.includes(':') ? { ...shown, error: 'NoVirtualHost' } : passed(caller, request, shown)
  const path = pathOf(caller, request)
  if (path === null) return { ...shown, response: answer(400, 'the path of the request is not well formed') }
  const question2 = request.target.indexOf('?')
  const fields = new Fields(request.fields)
  const asked = {
    method: request.method,
    path,
    query: question2 === -1 ? '' : request.target.slice(question2 + 1),
    authority: request.authority,
    // A caller's sidecar verifies nothing.
    jwtClaims: null,
    header: (name: string) => fields.get(name),
  }
  const reader = { ...caller, port: portOf(routes) }
  const finding = findRoute(view.routes, asked, reader)
  const withHost = { ...shown, virtualHost: found.name }
  if (!isFound(finding)) {
    const reason = `no route of ${request.authority} fits ${request.method} ${path}`
    return {
      ...withHost,
      match: { clause: null, earlier: finding },
      response: answer(RESPONSE_FLAGS.NR.status, reason),
      error: 'NoRoute',
    }
  }
  const { prepared, clause, earlier } = finding
  const clusters = clustersOfCaller(view, caller)
  const explained: Explanation = {
    ...withHost,
    ...routeWords(prepared),
    match: { clause, earlier },
    mirror: explainMirrors(caller.mesh, prepared.route.mirrors),
    destinations: explainDestinations(caller.mesh, prepared.route.destinations, clusters),
  }
  const own =
    ownAnswer(prepared, { ...request, target: targetOf(path, request) }, fields) ?? absentAnswer(view, explained)
  if (own !== null) return { ...explained, response: own }
  return {
    ...explained,
    upstream: upstreamOf(
      prepared,
      { ...request, target: targetOf(path, request) },
      fields,
      request.http2 ? 'HTTP/2' : 'HTTP/1.1',
    ),
  }
}

function absentAnswer({ absent = [] }: OutboundView, { destinations, route, virtualService }: Explanation) {
  const gone = destinations.length > 0 && destinations.every(({ cluster }) => absent.includes(cluster))
  return gone
    ? answer(RESPONSE_FLAGS.NC.status, `route ${route} of ${virtualService} leads to a cluster that does not exist`)
    : null
}

function clustersOfCaller(view: OutboundView, { concerns }: Caller): OutboundView['clusters'] {
  const own = view.clustersFor?.filter(({ labels }) => concerns({ sourceLabels: labels })).toReversed() ?? []
  return Object.assign({}, view.clusters, ...own.map(({ clusters }) => clusters)) as OutboundView['clusters']
}

/** What no virtual host takes. */
function passed(caller: Caller, request: AskedRequest, shown: Explanation): Explanation {
  const mode = caller.scope.outboundTrafficPolicy
  if (mode === 'REGISTRY_ONLY')
    return { ...shown, virtualHost: 'block_all', route: 'block_all', response: notKnown(request.authority) }
  const name = mode === 'ALLOW_ANY' ? 'allow_any' : 'allow_any_dynamic_dns'
  const cluster = mode === 'ALLOW_ANY' ? 'PassthroughCluster' : (DYNAMIC_DNS_ROUTE.destinations[0]?.cluster ?? '')
  return {
    ...shown,
    virtualHost: name,
    route: name,
    destinations: explainDestinations(caller.mesh, [{ cluster, weight: 100 }], {}),
    upstream: upstreamOfBytes(request),
  }
}

function pathOf({ model }: Caller, { target }: AskedRequest): string | null {
  const question = target.indexOf('?')
  const path = question === -1 ? target : target.slice(0, question)
  const written = meshConfigOf(model.resources).pathNormalization?.normalization
  return normalisePath(path, written === 'DEFAULT' ? 'BASE' : written)
}

function targetOf(path: string, { target }: AskedRequest): string {
  const question = target.indexOf('?')
  return question === -1 ? path : path + target.slice(question)
}
