/**
 * Which route a request takes. A route table is prepared once per snapshot (expressions compiled, header names folded); matching walks it in
 * order and stops at the first route that fits, as Envoy does, and allocates nothing.
 */
import type { Route, RouteMatch } from './snapshot.ts'
import { prepareStringMatch, type StringMatcher } from './string-match.ts'

/** What routing may look at. */
export interface RoutableRequest {
  readonly method: string
  /** Normalised (see `normalisePath`), without the query. */
  readonly path: string
  /** As it came, without the question mark; empty where there is none. */
  readonly query: string
  /** The `Host` field or the authority of an absolute target, as it came. */
  readonly authority: string
  /** @param name in lower case */
  header(name: string): string | undefined
}

/** Routes ready to be matched; made by `prepareRoutes`. */
export interface RouteTable {
  readonly routes: readonly PreparedRoute[]
}
interface PreparedRoute {
  readonly route: Route
  readonly alternatives: readonly PreparedMatch[]
}
interface PreparedMatch {
  readonly uri: StringMatcher | null
  readonly method: StringMatcher | null
  readonly authority: StringMatcher | null
  readonly headers: readonly NamedMatcher[]
  readonly queryParams: readonly NamedMatcher[]
}
interface NamedMatcher {
  readonly name: string
  readonly matcher: StringMatcher
}

/** @throws SyntaxError where a regular expression is not RE2 */
export function prepareRoutes(routes: readonly Route[]): RouteTable {
  return { routes: routes.map((route) => ({ route, alternatives: route.match.map(prepareMatch) })) }
}

/** The first route that fits, or null: then the answer is 404 with flag NR. */
export function matchRoute(table: RouteTable, request: RoutableRequest): Route | null {
  for (const { route, alternatives } of table.routes) {
    if (alternatives.length === 0) return route
    for (const alternative of alternatives) if (fits(alternative, request)) return route
  }
  return null
}

/** The first value of a query parameter as it stands in the target: not decoded, as Envoy compares it. */
export function queryParameter(query: string, name: string): string | undefined {
  let start = 0
  while (start < query.length) {
    let end = query.indexOf('&', start)
    if (end === -1) end = query.length
    if (query.startsWith(name, start)) {
      const after = start + name.length
      if (after === end) return ''
      if (query.charCodeAt(after) === 0x3d && after < end) return query.slice(after + 1, end)
    }
    start = end + 1
  }
  return undefined
}

function prepareMatch(match: RouteMatch): PreparedMatch {
  return {
    uri: match.uri === undefined ? null : prepareStringMatch(match.uri, match.ignoreUriCase),
    method: match.method === undefined ? null : prepareStringMatch(match.method),
    authority: match.authority === undefined ? null : prepareStringMatch(match.authority),
    headers: prepareNamed(match.headers, (name) => name.toLowerCase()),
    queryParams: prepareNamed(match.queryParams, (name) => name),
  }
}

function prepareNamed(matches: RouteMatch['headers'], fold: (name: string) => string): NamedMatcher[] {
  return Object.entries(matches ?? {}).map(([name, match]) => ({
    name: fold(name),
    matcher: prepareStringMatch(match),
  }))
}

function fits(match: PreparedMatch, request: RoutableRequest): boolean {
  if (match.uri !== null && !match.uri.matches(request.path)) return false
  if (match.method !== null && !match.method.matches(request.method)) return false
  if (match.authority !== null && !match.authority.matches(request.authority)) return false
  for (const { name, matcher } of match.headers) {
    const value = request.header(name)
    if (value === undefined || !matcher.matches(value)) return false
  }
  for (const { name, matcher } of match.queryParams) {
    const value = queryParameter(request.query, name)
    if (value === undefined || !matcher.matches(value)) return false
  }
  return true
}
