/** What the schema cannot say about a VirtualService: hosts, delegates, routes that can never be reached. Routes themselves: beside this file. */
import { hostMatches } from '@meshmart/mesh-policy'
import type { Findings } from '../problem.ts'
import type { FieldPath, HttpMatchSpec, HttpRouteSpec, VirtualServiceSpec } from '../resource.ts'
import { checkHttpMatch, checkHttpRoute } from './http-route.ts'
import { checkAtLeast, checkHost, checkIpBlock, checkLabels, checkPort } from './values.ts'

export function checkVirtualService(spec: VirtualServiceSpec, findings: Findings): void {
  const isDelegate = (spec.hosts ?? []).length === 0
  if (isDelegate) checkDelegate(spec, findings)
  for (const [index, host] of (spec.hosts ?? []).entries()) {
    checkHost(host, ['spec', 'hosts', index], findings, true)
    const twin = (spec.hosts ?? [])
      .slice(0, index)
      .find((other) => hostMatches(other.toLowerCase(), host.toLowerCase()))
    if (twin !== undefined) findings.error(['spec', 'hosts', index], `is already covered by ${twin}`)
  }
  if ((spec.hosts ?? []).includes('*') && (spec.gateways ?? ['mesh']).includes('mesh')) {
    findings.error(['spec', 'hosts'], 'may contain * only for a gateway: inside the mesh it would take every call')
  }
  checkGatewayNames(spec.gateways, ['spec', 'gateways'], findings)
  const routes = spec.http ?? []
  if (routes.length === 0 && (spec.tcp ?? []).length === 0 && (spec.tls ?? []).length === 0) {
    findings.error(['spec', 'http'], 'needs at least one route of http, tcp or tls')
  }
  for (const [index, route] of routes.entries()) {
    const path = ['spec', 'http', index]
    for (const [place, match] of (route.match ?? []).entries()) {
      checkHttpMatch(match, [...path, 'match', place], findings)
      checkGatewayNames(match.gateways, [...path, 'match', place, 'gateways'], findings)
    }
    checkHttpRoute(route, isDelegate, path, findings)
  }
  checkReach(routes, findings)
  checkL4(spec, findings)
}

/** A VirtualService without hosts speaks only through the root that delegates to it. */
function checkDelegate(spec: VirtualServiceSpec, findings: Findings): void {
  for (const field of ['gateways', 'tls', 'tcp'] as const) {
    if ((spec[field] ?? []).length > 0)
      findings.error(['spec', field], 'must not be given without hosts: this is a delegate')
  }
}

function checkGatewayNames(gateways: readonly string[] | undefined, path: FieldPath, findings: Findings): void {
  for (const [index, gateway] of (gateways ?? []).entries()) {
    const place = [...path, index]
    if (gateway.split('/').length > 2) findings.error(place, 'must be a gateway name or namespace/name')
    else for (const part of gateway.split('/')) checkHost(part, place, findings, false)
  }
}

function checkL4(spec: VirtualServiceSpec, findings: Findings): void {
  const hosts = (spec.hosts ?? []).map((host) => host.toLowerCase())
  for (const field of ['tcp', 'tls'] as const) {
    for (const [index, route] of (spec[field] ?? []).entries()) {
      const path = ['spec', field, index]
      for (const [place, match] of (route.match ?? []).entries()) {
        checkL4Match(match, [...path, 'match', place], findings)
        checkGatewayNames(match.gateways, [...path, 'match', place, 'gateways'], findings)
      }
      checkL4Destinations(route.route, path, findings)
    }
  }
  for (const [index, { match }] of (spec.tls ?? []).entries()) {
    if (match.length === 0)
      findings.error(['spec', 'tls', index, 'match'], 'needs at least one condition with sniHosts')
    for (const [place, { sniHosts }] of match.entries()) {
      const path = ['spec', 'tls', index, 'match', place, 'sniHosts']
      if (sniHosts.length === 0) findings.error(path, 'needs at least one host')
      for (const [position, sni] of sniHosts.entries()) {
        checkHost(sni, [...path, position], findings, true)
        if (hosts.some((host) => host === sni.toLowerCase() || hostMatches(host, sni.toLowerCase()))) continue
        findings.error([...path, position], `is none of this VirtualService's hosts: ${hosts.join(', ')}`)
      }
    }
  }
}

type L4Match = NonNullable<NonNullable<VirtualServiceSpec['tcp']>[number]['match']>[number]

function checkL4Match(
  match: Pick<L4Match, 'destinationSubnets' | 'port' | 'sourceLabels'>,
  path: FieldPath,
  findings: Findings,
): void {
  for (const [index, subnet] of (match.destinationSubnets ?? []).entries()) {
    checkIpBlock(subnet, [...path, 'destinationSubnets', index], findings)
  }
  checkPort(match.port, [...path, 'port'], findings)
  checkLabels(match.sourceLabels, [...path, 'sourceLabels'], findings)
}

type L4Destinations = NonNullable<NonNullable<VirtualServiceSpec['tcp']>[number]['route']>

function checkL4Destinations(destinations: L4Destinations | undefined, path: FieldPath, findings: Findings): void {
  if ((destinations ?? []).length === 0) findings.error([...path, 'route'], 'needs at least one destination')
  for (const [index, { destination, weight }] of (destinations ?? []).entries()) {
    const place = [...path, 'route', index]
    checkHost(destination.host, [...place, 'destination', 'host'], findings, false)
    checkPort(destination.port?.number, [...place, 'destination', 'port', 'number'], findings)
    checkAtLeast(weight, 0, [...place, 'weight'], findings)
  }
  if ((destinations ?? []).length > 1 && (destinations ?? []).every(({ weight }) => (weight ?? 0) === 0)) {
    findings.error([...path, 'route'], 'needs a weight above 0 for at least one of its destinations')
  }
}

/** Routes are tried in order: nothing comes after one that takes everything. */
function checkReach(routes: readonly HttpRouteSpec[], findings: Findings): void {
  const last = routes.findIndex(({ delegate, match = [] }) => {
    // A delegate's routes may leave something over.
    return delegate === undefined && (match.length === 0 || match.some(fitsAll))
  })
  if (last === -1) return
  for (let index = last + 1; index < routes.length; index++) {
    findings.warning(
      ['spec', 'http', index],
      `is never reached: http[${last}] before it takes every request`,
      'IST0130',
    )
  }
}

function fitsAll(match: HttpMatchSpec): boolean {
  const { name: _label, ignoreUriCase: _case, uri, ...rest } = match
  return Object.keys(rest).length === 0 && (uri === undefined || uri.prefix === '/')
}
