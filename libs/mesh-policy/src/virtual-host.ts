/**
 * Which virtual host of a gateway speaks for an authority. Istio prefers an exact host to a wildcard, a longer wildcard to a shorter one, and
 * `*` comes last; case and port of the authority do not count.
 */
import { HostIndex } from './host-index.ts'
import type { Reader } from './reader.ts'
import { prepareRoutes, type RouteTable } from './route-match.ts'
import type { VirtualHost } from './snapshot.ts'

/** Virtual hosts of one gateway port, ready to be matched; made by `prepareVirtualHosts`. */
export interface VirtualHostTable {
  readonly hosts: HostIndex<RouteTable>
}

/** @param port the gateway port that a request came in at @throws Error that names the route which cannot be used */
export function prepareVirtualHosts(
  virtualHosts: readonly VirtualHost[],
  port: number,
  reader: Reader,
): VirtualHostTable {
  const hosts = new HostIndex<RouteTable>()
  for (const virtualHost of virtualHosts) {
    if (virtualHost.port !== port) continue
    const routes = prepareRoutes(virtualHost.routes, { ...reader, port })
    for (const host of virtualHost.hosts) hosts.add(host.toLowerCase(), routes)
  }
  return { hosts }
}

/** The routes of the most specific host that fits, or null: then the answer is 404 with flag NR. */
export function matchVirtualHost(table: VirtualHostTable, authority: string): RouteTable | null {
  return table.hosts.match(hostOfAuthority(authority))[0] ?? null
}

/** Host of an authority: without port, in lower case; an IPv6 literal keeps its brackets. */
export function hostOfAuthority(authority: string): string {
  const colon = authority.lastIndexOf(':')
  const host = colon > authority.lastIndexOf(']') && colon !== -1 ? authority.slice(0, colon) : authority
  return host.toLowerCase()
}

/** `*` fits every host, `*.example.com` everything below `example.com` and not itself. Both in lower case. */
export function hostMatches(pattern: string, host: string): boolean {
  if (pattern === '*') return true
  if (!pattern.startsWith('*')) return pattern === host
  return host.length > pattern.length - 1 && host.endsWith(pattern.slice(1))
}

/** For sorting: the most specific first. */
export function compareHostSpecificity(a: string, b: string): number {
  const wildcards = Number(a.startsWith('*')) - Number(b.startsWith('*'))
  return wildcards !== 0 ? wildcards : b.length - a.length
}
