/** A route with everything that a request needs of it worked out: what is left to a request is to compare, to draw and to write. */
import { prepareCors, type PreparedCors } from './cors.ts'
import { prepareFault, type PreparedFault } from './fault.ts'
import { joinOperations, prepareOperations, type PreparedOperations } from './header-operations.ts'
import { prepareMirrors, type PreparedMirrors } from './mirror.ts'
import type { Reader } from './reader.ts'
import { prepareRedirect, type PreparedRedirect } from './redirect.ts'
import { prepareRetryPolicy, type PreparedRetryPolicy } from './retry.ts'
import { prepareRewrite, type PreparedRewrite } from './rewrite.ts'
import type { Route, RouteMatch, WeightedDestination } from './snapshot.ts'

export interface PreparedRoute {
  readonly route: Route
  readonly retry: PreparedRetryPolicy
  /** To be drawn from with `chooseDestination`; empty where the route answers itself. */
  readonly destinations: readonly PreparedDestination[]
  readonly rewrite: PreparedRewrite | null
  readonly redirect: PreparedRedirect | null
  readonly cors: PreparedCors | null
  readonly fault: PreparedFault | null
  readonly mirrors: PreparedMirrors | null
  /** For what the mesh itself answers on this route (redirect, direct response, preflight, fault). */
  readonly response: PreparedOperations | null
}

export interface PreparedDestination {
  readonly cluster: string
  readonly weight: number
  /** The destination's own operations and its route's, in Envoy's order. */
  readonly request: PreparedOperations | null
  readonly response: PreparedOperations | null
}

/** @param match the alternative that fits; undefined where the route has none @throws Error that names what cannot be used */
export function prepareRoute(route: Route, match: RouteMatch | undefined, reader: Reader): PreparedRoute {
  const isOnly = route.destinations.length === 1
  return {
    route,
    retry: prepareRetryPolicy(route.retries),
    destinations: route.destinations.map((destination) => prepareDestination(route, destination, isOnly)),
    rewrite: route.rewrite === undefined ? null : prepareRewrite(route.rewrite, match),
    redirect: route.redirect === undefined ? null : prepareRedirect(route.redirect, match, reader),
    cors: route.cors === undefined ? null : prepareCors(route.cors),
    fault: route.fault === undefined ? null : prepareFault(route.fault),
    mirrors: route.mirrors === undefined ? null : prepareMirrors(route.mirrors),
    response: prepareOperations(route.headers?.response),
  }
}

/** Istio writes the operations of a single destination behind its route's; of several, Envoy does the destination's before the route's. */
function prepareDestination(route: Route, destination: WeightedDestination, isOnly: boolean): PreparedDestination {
  const prepare = (side: 'request' | 'response'): PreparedOperations | null => {
    const ofRoute = route.headers?.[side]
    const own = destination.headers?.[side]
    return isOnly ? prepareOperations(ofRoute, own) : joinOperations(prepareOperations(own), prepareOperations(ofRoute))
  }
  return {
    cluster: destination.cluster,
    weight: destination.weight,
    request: prepare('request'),
    response: prepare('response'),
  }
}
