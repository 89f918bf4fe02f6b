/** Routes of a VirtualService in the form that the data plane matches. Values were checked when the resource was read. */
import {
  DEFAULT_RETRY_POLICY,
  type RetryPolicy,
  type Route,
  type RouteMatch,
  type StringMatch,
} from '@meshmart/mesh-policy'
import { retryOnWords } from '../checks/virtual-service.ts'
import type { WrittenStringMatch } from '../checks/values.ts'
import { durationOr } from '../duration.ts'
import { expandHost } from '../host.ts'
import {
  nameOf,
  type DestinationSpec,
  type HttpMatchSpec,
  type HttpRetrySpec,
  type HttpRouteSpec,
  type ResourceOf,
} from '../resource.ts'
import { clusterName, type Destination } from './cluster.ts'

export interface CompiledRoute {
  readonly route: Route
  readonly destinations: readonly Destination[]
}

/** @param portOf the port of a destination that names none */
export function compileRoutes(
  virtualService: ResourceOf<'VirtualService'>,
  portOf: (host: string) => number,
): CompiledRoute[] {
  return (virtualService.spec.http ?? []).map((http, index) => compileRoute(virtualService, http, index, portOf))
}

/** All traffic to the host itself: what applies where no VirtualService speaks. */
export function defaultRoute(destination: Destination): CompiledRoute {
  const route: Route = {
    name: 'default',
    source: 'default',
    match: [],
    destinations: [{ cluster: clusterName(destination), weight: 100 }],
    timeoutMs: 0,
    retries: DEFAULT_RETRY_POLICY,
  }
  return { route, destinations: [destination] }
}

function compileRoute(
  virtualService: ResourceOf<'VirtualService'>,
  http: HttpRouteSpec,
  index: number,
  portOf: (host: string) => number,
): CompiledRoute {
  const written = http.route ?? []
  const destinations = written.map(({ destination }) => toDestination(destination, virtualService.namespace, portOf))
  const route: Route = {
    name: http.name ?? String(index),
    source: nameOf(virtualService),
    match: (http.match ?? []).map(compileMatch),
    destinations: destinations.map((destination, place) => ({
      cluster: clusterName(destination),
      // A single destination gets everything whatever its weight says, as in Istio.
      weight: written.length === 1 ? 100 : (written[place]?.weight ?? 0),
    })),
    timeoutMs: durationOr(http.timeout, 0),
    retries: compileRetries(http.retries),
  }
  return { route, destinations }
}

function toDestination(written: DestinationSpec, namespace: string, portOf: (host: string) => number): Destination {
  const host = expandHost(written.host, namespace)
  return { host, port: written.port?.number ?? portOf(host), subset: written.subset ?? null }
}

function compileMatch(written: HttpMatchSpec): RouteMatch {
  const uri = stringMatch(written.uri)
  const method = stringMatch(written.method)
  const authority = stringMatch(written.authority)
  return {
    ...(uri && { uri }),
    ...(written.ignoreUriCase !== undefined && { ignoreUriCase: written.ignoreUriCase }),
    ...(method && { method }),
    ...(authority && { authority }),
    ...(written.headers && { headers: namedMatches(written.headers) }),
    ...(written.queryParams && { queryParams: namedMatches(written.queryParams) }),
  }
}

/** A header or parameter without a condition on its value must be there: every value has the empty prefix. */
function namedMatches(written: Readonly<Record<string, WrittenStringMatch>>): Record<string, StringMatch> {
  return Object.fromEntries(
    Object.entries(written).map(([name, match]) => [name, stringMatch(match) ?? { kind: 'prefix', value: '' }]),
  )
}

function stringMatch(written: WrittenStringMatch | undefined): StringMatch | null {
  if (written?.exact !== undefined) return { kind: 'exact', value: written.exact }
  if (written?.prefix !== undefined) return { kind: 'prefix', value: written.prefix }
  return written?.regex === undefined ? null : { kind: 'regex', value: written.regex }
}

function compileRetries(written: HttpRetrySpec | undefined): RetryPolicy {
  if (written === undefined) return DEFAULT_RETRY_POLICY
  const words = retryOnWords(written.retryOn)
  return {
    attempts: written.attempts ?? DEFAULT_RETRY_POLICY.attempts,
    perTryTimeoutMs: durationOr(written.perTryTimeout, 0),
    retryOn: words.length === 0 ? DEFAULT_RETRY_POLICY.retryOn : words,
  }
}
