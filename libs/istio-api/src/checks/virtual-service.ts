/** What the schema cannot say about a VirtualService: hosts, delegates, routes that can never be reached. Routes themselves: beside this file. */
import type { Findings } from '../problem.ts'
import type { FieldPath, HttpMatchSpec, HttpRouteSpec, ResourceOf, VirtualServiceSpec } from '../resource.ts'
import { checkExportTo } from './export-to.ts'
import { checkGatewayNames, checkHostOrSni } from './hosts.ts'
import { checkHttpMatch, checkHttpRoute } from './http-route.ts'
import { checkL4 } from './l4-route.ts'

export function checkVirtualService(
  { spec, namespace }: Pick<ResourceOf<'VirtualService'>, 'spec' | 'namespace'>,
  findings: Findings,
): void {
  const isDelegate = (spec.hosts ?? []).length === 0
  if (isDelegate) checkDelegate(spec, findings)
  const forMesh = isForMesh(spec)
  checkHosts(spec, forMesh, findings)
  checkGatewayNames(spec.gateways, ['spec', 'gateways'], findings)
  checkExportTo(spec.exportTo, { namespace }, findings)
  const routes = spec.http ?? []
  if (routes.length === 0 && (spec.tcp ?? []).length === 0 && (spec.tls ?? []).length === 0) {
    findings.error(['spec', 'http'], 'needs at least one route of http, tcp or tls')
  }
  for (const [index, route] of routes.entries()) {
    const path = ['spec', 'http', index]
    for (const [place, match] of (route.match ?? []).entries()) {
      const at = [...path, 'match', place]
      checkHttpMatch(match, at, findings)
      checkGatewayNames(match.gateways, [...at, 'gateways'], findings)
      if (forMesh) checkNoClaims(match, at, findings)
    }
    checkHttpRoute(route, isDelegate, path, findings)
  }
  checkReach(routes, findings)
  checkL4(spec, !forMesh, findings)
}

/** Whether sidecars are among those that it speaks to. */
function isForMesh({ gateways = [] }: VirtualServiceSpec): boolean {
  return gateways.length === 0 || gateways.includes('mesh')
}

function checkHosts(spec: VirtualServiceSpec, forMesh: boolean, findings: Findings): void {
  const hosts = spec.hosts ?? []
  const hasSni = (spec.tls ?? []).some(({ match }) => match.some(({ sniHosts }) => sniHosts.length > 0))
  for (const [index, host] of hosts.entries()) {
    const path = ['spec', 'hosts', index]
    const twin = hosts.slice(0, index).find((other) => covers(other, host) || covers(host, other))
    if (twin !== undefined) findings.error(path, `is already covered by ${twin}, or covers it`)
    else if (hosts.slice(0, index).some((other) => other.toLowerCase() === host.toLowerCase())) {
      findings.refuse(path, 'is there twice: case does not count')
    }
    if (host === '*') {
      if (forMesh) findings.error(path, 'may be * only for a gateway: inside the mesh it would take every call')
    } else checkHostOrSni(host, hasSni && !forMesh, path, findings)
  }
}

function covers(pattern: string, host: string): boolean {
  return pattern === host || (pattern.startsWith('*') && host.endsWith(pattern.slice(1)))
}

/** A VirtualService without hosts speaks only through the root that delegates to it. */
function checkDelegate(spec: VirtualServiceSpec, findings: Findings): void {
  for (const field of ['gateways', 'tls', 'tcp'] as const) {
    if ((spec[field] ?? []).length > 0)
      findings.error(['spec', field], 'must not be given without hosts: this is a delegate')
  }
}

function checkNoClaims(match: HttpMatchSpec, path: FieldPath, findings: Findings): void {
  for (const field of ['headers', 'withoutHeaders'] as const) {
    for (const name of Object.keys(match[field] ?? {})) {
      if (!/^@request\.auth\.claims[.[]./i.test(name)) continue
      findings.error(
        [...path, field, name],
        'can be asked only at a gateway: this VirtualService is for sidecars as well',
      )
    }
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
    findings.warning(['spec', 'http', index], `is never reached: http[${last}] before it takes every request`)
  }
}

function fitsAll(match: HttpMatchSpec): boolean {
  const { name: _label, ignoreUriCase: _case, uri, ...rest } = match
  return Object.keys(rest).length === 0 && (uri === undefined || uri.prefix === '/')
}
