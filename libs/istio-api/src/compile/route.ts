/** Routes of a VirtualService in the form that the data plane matches. Values were checked when the resource was read. */
import type { Mirror, Rewrite, Route, RouteMatch, WeightedDestination } from '@meshmart/mesh-policy'
import { durationOr } from '../duration.ts'
import { expandHost } from '../host.ts'
import { nameOf, type DestinationSpec, type HttpRouteSpec, type ResourceOf } from '../resource.ts'
import { clusterName, type Destination } from './cluster.ts'
import { httpRoutesOf, type OwnedRoute } from './delegate.ts'
import { compileHeaders } from './header-operations.ts'
import { compileHttpMatch } from './http-match.ts'
import { portOf, type PreparedModel } from './model.ts'
import { compileRetries } from './retries.ts'
import { compileCors, compileDirectResponse, compileFault, compileRedirect } from './route-actions.ts'

export interface CompiledRoute {
  readonly route: Route
  /** Of the route and its mirrors. */
  readonly destinations: readonly Destination[]
}

/** Whom routes are compiled for. */
export interface RouteContext {
  readonly model: PreparedModel
  /** Of the reader. */
  readonly namespace: string
  /** `mesh`, or gateways such as `default/my-gateway`. */
  readonly readers: ReadonlySet<string>
  readonly scheme: 'http' | 'https'
  /** Ports that requests may come for; with several of them a route stands once for each, where it matters to its destinations. */
  readonly ports: readonly number[]
  /** Whether `match[].port` is decided already: a gateway's routes stand below their port. */
  readonly portIsFixed: boolean
  /** Whether other ports of the same host have other routes, so that each must name its port. */
  readonly conditionOnPort?: boolean
}

export function compileRoutes(virtualService: ResourceOf<'VirtualService'>, context: RouteContext): CompiledRoute[] {
  const source = nameOf(virtualService)
  const { model, ports, conditionOnPort = false } = context
  return routesOf(virtualService, model).flatMap((owned) => {
    const each = conditionOnPort || (ports.length > 1 && dependsOnPort(owned))
    return (each ? ports : ports.slice(0, 1)).flatMap((port) => compileRoute(owned, source, context, port, each) ?? [])
  })
}

function routesOf(virtualService: ResourceOf<'VirtualService'>, { virtualServices }: PreparedModel): OwnedRoute[] {
  return httpRoutesOf(virtualService, (namespace, name, reader) => virtualServices.find(namespace, name, reader))
}

/** For whom a VirtualService has a route at a port: the labels that a caller must carry, one entry for each condition; empty labels are everybody. */
export function callersOf(
  virtualService: ResourceOf<'VirtualService'>,
  { model, readers, namespace, port }: Pick<RouteContext, 'model' | 'readers' | 'namespace'> & { port: number },
): Readonly<Record<string, string>>[] {
  const matches = routesOf(virtualService, model).flatMap(({ http, namespace: owner }): RouteMatch[] => {
    if ((http.match ?? []).length === 0) return [{}]
    return (http.match ?? []).flatMap((written) => compileHttpMatch(written, readers, owner, port) ?? [])
  })
  return matches
    .filter(({ sourceNamespace }) => (sourceNamespace ?? namespace) === namespace)
    .map(({ sourceLabels }) => sourceLabels ?? {})
}

/** All traffic to the host itself: what applies where no VirtualService speaks. */
export function defaultRoutes(host: string, context: RouteContext): CompiledRoute[] {
  return context.ports.map((port) => {
    const destination: Destination = { host, port, subset: null }
    const route: Route = {
      name: 'default',
      source: 'default',
      match: context.ports.length > 1 || context.conditionOnPort === true ? [{ port }] : [],
      destinations: [{ cluster: clusterName(destination), weight: 100 }],
      timeoutMs: 0,
      retries: context.model.defaultRetries,
    }
    return { route, destinations: [destination] }
  })
}

/** A destination without a port is called at the port that the request was for, whatever ports its service has: Istio looks it up among those. */
function dependsOnPort({ http }: OwnedRoute): boolean {
  return destinationsOf(http).some((written) => written.port?.number === undefined)
}

function destinationsOf(http: HttpRouteSpec): DestinationSpec[] {
  return [
    ...(http.route ?? []).map(({ destination }) => destination),
    ...(http.mirror === undefined ? [] : [http.mirror]),
    ...(http.mirrors ?? []).map(({ destination }) => destination),
  ]
}

/** Null where every one of its conditions is meant for somebody else. */
function compileRoute(
  { http, namespace, name }: OwnedRoute,
  source: string,
  { model, namespace: reader, readers, scheme, ports, portIsFixed }: RouteContext,
  port: number,
  onPortOnly: boolean,
): CompiledRoute | null {
  const match = compileMatches(http, readers, namespace, port, { onPortOnly, portIsFixed, ports })
  if (match === null) return null
  const toDestination = (written: DestinationSpec): Destination => {
    const host = expandHost(written.host, namespace)
    return {
      host,
      port: written.port?.number ?? (portIsFixed ? portOf(model, host, port, reader) : port),
      subset: written.subset ?? null,
    }
  }
  const kept = (http.route ?? []).filter(({ weight }) => http.route?.length === 1 || (weight ?? 0) > 0)
  const headers = compileHeaders(http.headers)
  const mirrored = mirrorsOf(http).map((mirror) => ({ ...mirror, destination: toDestination(mirror.destination) }))
  const mirrors = mirrored.map(({ destination, percentage }): Mirror => ({
    cluster: clusterName(destination),
    percentage,
  }))
  const rewrite = compileRewrite(http, headers.authority, kept.length === 1 ? kept[0]?.headers : undefined)
  const route: Route = {
    name,
    source,
    match,
    destinations: kept.map((each) => compileWeighted(each, toDestination(each.destination), kept.length)),
    timeoutMs: durationOr(http.timeout, 0),
    retries: compileRetries(http.retries, model.defaultRetries),
    ...(http.redirect && { redirect: compileRedirect(http.redirect, scheme) }),
    ...(http.directResponse && { directResponse: compileDirectResponse(http.directResponse) }),
    ...(rewrite && { rewrite }),
    ...(headers.operations && { headers: headers.operations }),
    ...(http.fault && { fault: compileFault(http.fault) }),
    ...(mirrors.length > 0 && { mirrors }),
    ...(http.corsPolicy && { cors: compileCors(http.corsPolicy) }),
  }
  const destinations = [
    ...kept.map(({ destination }) => toDestination(destination)),
    ...mirrored.map((each) => each.destination),
  ]
  return { route, destinations }
}

function compileMatches(
  http: HttpRouteSpec,
  readers: ReadonlySet<string>,
  namespace: string,
  port: number,
  { onPortOnly, portIsFixed, ports }: { onPortOnly: boolean; portIsFixed: boolean; ports: readonly number[] },
): RouteMatch[] | null {
  const written = http.match ?? []
  if (written.length === 0) return onPortOnly ? [{ port }] : []
  const match = written.flatMap((each) => {
    if (!portIsFixed && each.port !== undefined && !ports.includes(each.port)) return []
    const compiled = compileHttpMatch(each, readers, namespace, onPortOnly || portIsFixed ? port : null)
    if (compiled === null || !portIsFixed) return compiled ?? []
    const { port: _decided, ...rest } = compiled
    return rest
  })
  return match.length === 0 ? null : match
}

type WeightedSpec = NonNullable<HttpRouteSpec['route']>[number]

/** A single destination gets everything whatever its weight says, as in Istio. */
function compileWeighted(written: WeightedSpec, destination: Destination, siblings: number): WeightedDestination {
  const headers = compileHeaders(written.headers)
  const cluster = clusterName(destination)
  const weight = siblings === 1 ? 100 : (written.weight ?? 0)
  if (siblings === 1 || headers.authority === null) {
    return { cluster, weight, ...(headers.operations && { headers: headers.operations }) }
  }
  // Only one of several destinations has another authority: there is no rewrite of its own, so that it stays an operation.
  const request = {
    ...headers.operations?.request,
    set: { ...headers.operations?.request?.set, host: headers.authority },
  }
  return { cluster, weight, headers: { ...headers.operations, request } }
}

/** The route's own word goes before that of its only destination. */
function compileRewrite(
  { rewrite }: HttpRouteSpec,
  fromHeaders: string | null,
  ofDestination: WeightedSpec['headers'],
): Rewrite | null {
  const written = rewrite?.authority ?? ''
  const authority = written !== '' ? written : (fromHeaders ?? compileHeaders(ofDestination).authority)
  const expression = rewrite?.uriRegexRewrite
  const uri = rewrite?.uri ?? ''
  if (authority === null && expression === undefined && uri === '') return null
  return {
    ...(expression !== undefined
      ? { uriRegex: { match: expression.match ?? '', rewrite: expression.rewrite ?? '' } }
      : uri !== '' && { uri }),
    ...(authority !== null && { authority }),
  }
}

/** All of it where no percentage is given; none at all where it is 0. */
function mirrorsOf(http: HttpRouteSpec): { destination: DestinationSpec; percentage: number }[] {
  const share =
    http.mirrorPercentage === undefined
      ? (http.mirrorPercent ?? http.mirror_percent ?? 100)
      : (http.mirrorPercentage.value ?? 0)
  return [
    ...(http.mirror === undefined ? [] : [{ destination: http.mirror, percentage: share }]),
    ...(http.mirrors ?? []).map(({ destination, percentage }) => {
      return { destination, percentage: percentage === undefined ? 100 : (percentage.value ?? 0) }
    }),
  ].filter(({ percentage }) => percentage > 0)
}
