/**
 * Which route a request takes: the first whose match fits, as in Envoy. A table is prepared once per snapshot. Exact paths and prefixes are found
 * through a radix tree, so that a thousand rules cost little more than ten; only regular expressions and matches that ignore case are walked.
 * Each alternative of a route becomes a rule of its own, as in Istio, because a rewrite must know which prefix matched.
 */
import { PathNode } from './path-index.ts'
import { prepareRoute, type PreparedRoute } from './prepared-route.ts'
import { concernsReader, type Reader } from './reader.ts'
import { prepareConditions, type RouteConditions, type RoutableRequest } from './route-conditions.ts'
import type { Route, RouteMatch } from './snapshot.ts'
import { prepareStringMatch, type StringMatcher } from './string-match.ts'

export { queryParameter, type RoutableRequest } from './route-conditions.ts'

/** Routes ready to be matched; made by `prepareRoutes`. */
export interface RouteTable {
  readonly rules: readonly Rule[]
  readonly paths: PathNode
  /** Places of the rules whose path the tree cannot find, ascending. */
  readonly walked: readonly number[]
}
interface Rule {
  readonly prepared: PreparedRoute
  /** Only of a rule that is walked. */
  readonly uri: StringMatcher | null
  /** Null where the path alone decides. */
  readonly conditions: RouteConditions | null
  /** That the match names; null is any. */
  readonly port: number | null
}

const NOWHERE = -1

/** @throws Error that names the route, where an expression is not RE2 or a value is not what Envoy knows */
export function prepareRoutes(routes: readonly Route[], reader: Reader): RouteTable {
  const rules: Rule[] = []
  const paths = new PathNode('')
  const walked: number[] = []
  for (const route of routes) {
    if (route.onlyIfAlone === true && isPreceded(rules, route)) continue
    const alternatives: readonly (RouteMatch | undefined)[] = route.match.length === 0 ? [undefined] : route.match
    for (const match of alternatives) {
      if (match !== undefined && !isPossible(match, reader)) continue
      const place = rules.length
      rules.push(prepareRule(route, match, reader))
      const uri = match?.uri
      if (uri === undefined) paths.insert('', 'prefix', place)
      else if (uri.kind === 'regex' || match?.ignoreUriCase === true) walked.push(place)
      else paths.insert(uri.value, uri.kind, place)
    }
  }
  return { rules, paths, walked }
}

/** Whether another resource has a route for this reader at one of the same ports. */
function isPreceded(rules: readonly Rule[], { source, match }: Route): boolean {
  const ports = match.flatMap(({ port }) => port ?? [])
  return rules.some(({ prepared, port }) => {
    const samePort = port === null || ports.length === 0 || ports.includes(port)
    return samePort && prepared.route.source !== source
  })
}

/** The first rule that fits, or null: then the answer is 404 with flag NR. */
export function matchRoute(table: RouteTable, request: RoutableRequest): PreparedRoute | null {
  const { path } = request
  let best = NOWHERE
  let node: PathNode | undefined = table.paths
  let position = 0
  while (node !== undefined) {
    if (node.prefix.length !== 0) best = earliest(table, node.prefix, best, request)
    if (position === path.length) {
      if (node.exact.length !== 0) best = earliest(table, node.exact, best, request)
      break
    }
    node = node.children.get(path.charCodeAt(position))
    if (node === undefined || !node.labels(path, position)) break
    position += node.label.length
  }
  if (table.walked.length !== 0) best = earliest(table, table.walked, best, request)
  return best === NOWHERE ? null : (table.rules[best]?.prepared ?? null)
}

/** The first of these places that fits, where it comes before what was found already. */
function earliest(table: RouteTable, places: readonly number[], best: number, request: RoutableRequest): number {
  for (let index = 0; index < places.length; index++) {
    const place = places[index] ?? NOWHERE
    if (best !== NOWHERE && place > best) return best
    const rule = table.rules[place]
    if (rule === undefined) continue
    if (rule.uri !== null && !rule.uri.matches(request.path)) continue
    if (rule.conditions === null || rule.conditions.fit(request)) return place
  }
  return best
}

function isPossible(match: RouteMatch, reader: Reader): boolean {
  if (!concernsReader(match, reader)) return false
  return match.scheme === undefined || prepareStringMatch(match.scheme).matches(reader.scheme ?? 'http')
}

function prepareRule(route: Route, match: RouteMatch | undefined, reader: Reader): Rule {
  try {
    const isWalked = match?.uri !== undefined && (match.uri.kind === 'regex' || match.ignoreUriCase === true)
    return {
      prepared: prepareRoute(route, match, reader),
      uri: isWalked && match.uri !== undefined ? prepareStringMatch(match.uri, match.ignoreUriCase) : null,
      conditions: match === undefined ? null : prepareConditions(match, reader),
      port: match?.port ?? null,
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new RangeError(`route ${route.name} of ${route.source}: ${reason}`, { cause: error })
  }
}
