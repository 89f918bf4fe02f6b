/**
 * What a list of routes makes of a request. Which one fits is asked of the very table that sidecars use; why an earlier one does not is found by
 * asking the same table for each of its conditions alone.
 */
import {
  matchRoute,
  prepareRoutes,
  type PreparedRoute,
  type Reader,
  type RoutableRequest,
  type Route,
  type RouteMatch,
} from '@meshmart/mesh-policy'

export interface RouteFinding {
  readonly prepared: PreparedRoute
  /** The alternative that fits; null where the route has none. */
  readonly clause: RouteMatch | null
  readonly earlier: readonly EarlierRoute[]
}
export interface EarlierRoute {
  readonly route: string
  readonly reason: string
}

/** @returns the earlier routes alone where none fits */
export function findRoute(
  routes: readonly Route[],
  request: RoutableRequest,
  reader: Reader,
): RouteFinding | readonly EarlierRoute[] {
  const table = prepareRoutes(routes, reader)
  const prepared = matchRoute(table, request)
  const place = prepared === null ? routes.length : routes.indexOf(prepared.route)
  const earlier = routes
    .slice(0, place)
    .filter((route) => isForReader(route, reader))
    .map((route) => ({ route: route.name, reason: whyNot(route, request, reader) }))
  if (prepared === null) return earlier
  const clause = prepared.route.match.find((match) => fits(prepared.route, match, request, reader)) ?? null
  return { prepared, clause: clause === null ? null : withoutOwnPort(clause, reader), earlier }
}

/** The compiler writes the port into a clause where it makes one list of several ports; what is left is what the resource asks. */
function withoutOwnPort(clause: RouteMatch, { port: own }: Reader): RouteMatch | null {
  const { port, ...rest } = clause
  const kept = port === own || port === undefined ? rest : clause
  return Object.keys(kept).length === 0 ? null : kept
}

export const isFound = (finding: RouteFinding | readonly EarlierRoute[]): finding is RouteFinding =>
  'prepared' in finding

function fits(route: Route, match: RouteMatch, request: RoutableRequest, reader: Reader): boolean {
  const { onlyIfAlone: _alone, ...alone } = route
  return matchRoute(prepareRoutes([{ ...alone, match: [match] }], reader), request) !== null
}

/** Routes of other ports stand in the same list, and are nobody's business. */
function isForReader({ match }: Route, reader: Reader): boolean {
  return (
    match.length === 0 ||
    match.some(({ port }) => port === undefined || reader.port === undefined || port === reader.port)
  )
}

function whyNot(route: Route, request: RoutableRequest, reader: Reader): string {
  if (route.match.length === 0) return 'another VirtualService has a route for this caller before it'
  return route.match.map((match) => whyNotMatch(route, match, request, reader)).join('; or: ')
}

function whyNotMatch(route: Route, match: RouteMatch, request: RoutableRequest, reader: Reader): string {
  const { ignoreUriCase, ...conditions } = match
  const failing = Object.entries(conditions).flatMap(([field, wanted]) => {
    const only: RouteMatch = {
      [field]: wanted,
      ...(field === 'uri' && ignoreUriCase !== undefined && { ignoreUriCase }),
    }
    return fits(route, only, request, reader) ? [] : [`${field} ${words(field, wanted, request, reader)}`]
  })
  return failing.length === 0 ? 'the conditions do not fit together' : failing.join(', ')
}

function words(field: string, wanted: unknown, request: RoutableRequest, reader: Reader): string {
  const asked = JSON.stringify(wanted)
  const found: Readonly<Record<string, () => string>> = {
    uri: () => request.path,
    method: () => request.method,
    authority: () => request.authority,
    scheme: () => reader.scheme ?? 'http',
    port: () => String(reader.port ?? ''),
    headers: () => namedValues(wanted, (name) => request.header(name.toLowerCase())),
    withoutHeaders: () => namedValues(wanted, (name) => request.header(name.toLowerCase())),
    queryParams: () => (request.query === '' ? 'no query' : request.query),
    sourceLabels: () => JSON.stringify(reader.labels),
    sourceNamespace: () => reader.namespace,
    claims: () => JSON.stringify(request.jwtClaims ?? {}),
  }
  const is = found[field]?.()
  return is === undefined ? `must fit ${asked}` : `must fit ${asked}, is ${is === '' ? 'missing' : is}`
}

function namedValues(wanted: unknown, value: (name: string) => string | undefined): string {
  const names = typeof wanted === 'object' && wanted !== null ? Object.keys(wanted) : []
  return names.map((name) => `${name}: ${value(name) ?? 'missing'}`).join(', ')
}
