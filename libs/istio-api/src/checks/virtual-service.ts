import { isRetryOnWord } from '@meshmart/mesh-policy'
import type { Findings } from '../problem.ts'
import type { FieldPath, HttpMatchSpec, HttpRetrySpec, HttpRouteSpec, VirtualServiceSpec } from '../resource.ts'
import { checkDuration, checkHost, checkPort, checkStringMatch } from './values.ts'

/** What the schema cannot say about a VirtualService: hosts, durations, weights, expressions, routes that can never be reached. */
export function checkVirtualService(spec: VirtualServiceSpec, findings: Findings): void {
  const hosts = spec.hosts ?? []
  if (hosts.length === 0) findings.error(['spec', 'hosts'], 'needs at least one host')
  for (const [index, host] of hosts.entries()) checkHost(host, ['spec', 'hosts', index], findings, true)
  for (const [index, gateway] of (spec.gateways ?? []).entries()) {
    const path = ['spec', 'gateways', index]
    if (gateway.split('/').length > 2) findings.error(path, 'must be a gateway name or namespace/name')
    else for (const part of gateway.split('/')) checkHost(part, path, findings, false)
  }
  const routes = spec.http ?? []
  if (routes.length === 0) findings.error(['spec', 'http'], 'needs at least one http route')
  for (const [index, route] of routes.entries()) checkHttpRoute(route, ['spec', 'http', index], findings)
  checkReach(routes, findings)
}

function checkHttpRoute(route: HttpRouteSpec, path: FieldPath, findings: Findings): void {
  for (const [index, match] of (route.match ?? []).entries()) checkMatch(match, [...path, 'match', index], findings)
  const destinations = route.route ?? []
  if (destinations.length === 0) findings.error([...path, 'route'], 'needs at least one destination')
  for (const [index, { destination, weight }] of destinations.entries()) {
    const place = [...path, 'route', index]
    checkHost(destination.host, [...place, 'destination', 'host'], findings, false)
    checkPort(destination.port?.number, [...place, 'destination', 'port', 'number'], findings)
    if (weight !== undefined && weight < 0) findings.error([...place, 'weight'], `must be 0 or more, is ${weight}`)
  }
  if (destinations.length > 1 && destinations.every(({ weight }) => (weight ?? 0) === 0)) {
    findings.error([...path, 'route'], 'needs a weight above 0 for at least one of its destinations')
  }
  checkDuration(route.timeout, [...path, 'timeout'], findings)
  if (route.retries !== undefined) checkRetries(route.retries, [...path, 'retries'], findings)
}

function checkMatch(match: HttpMatchSpec, path: FieldPath, findings: Findings): void {
  checkStringMatch(match.uri, [...path, 'uri'], findings)
  checkStringMatch(match.method, [...path, 'method'], findings)
  checkStringMatch(match.authority, [...path, 'authority'], findings)
  for (const [name, value] of Object.entries(match.headers ?? {})) {
    checkStringMatch(value, [...path, 'headers', name], findings)
  }
  for (const [name, value] of Object.entries(match.queryParams ?? {})) {
    checkStringMatch(value, [...path, 'queryParams', name], findings)
  }
}

function checkRetries(retries: HttpRetrySpec, path: FieldPath, findings: Findings): void {
  if ((retries.attempts ?? 0) < 0) findings.error([...path, 'attempts'], `must be 0 or more, is ${retries.attempts}`)
  checkDuration(retries.perTryTimeout, [...path, 'perTryTimeout'], findings, 1)
  for (const word of retryOnWords(retries.retryOn)) {
    if (isRetryOnWord(word)) continue
    findings.error(
      [...path, 'retryOn'],
      `has the unknown condition ${JSON.stringify(word)}; Envoy's are 5xx, gateway-error, reset, …`,
    )
  }
}

/** `5xx, reset,503` → its words. */
export function retryOnWords(retryOn: string | undefined): string[] {
  return (retryOn ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}

/** Routes are tried in order: nothing comes after one that takes everything. */
function checkReach(routes: readonly HttpRouteSpec[], findings: Findings): void {
  const last = routes.findIndex((route) => (route.match ?? []).length === 0 || (route.match ?? []).some(fitsAll))
  if (last === -1) return
  for (let index = last + 1; index < routes.length; index++) {
    findings.warning(['spec', 'http', index], `is never reached: http[${last}] before it takes every request`)
  }
}

function fitsAll(match: HttpMatchSpec): boolean {
  const { name: _label, ignoreUriCase: _case, uri, ...rest } = match
  return Object.keys(rest).length === 0 && (uri === undefined || uri.prefix === '/')
}
