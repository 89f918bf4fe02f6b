/**
 * Where a redirect leads to, as Envoy builds it (source/common/http/utility.cc, `newUri` and `processRequestHost`) from what Istio writes
 * (pilot/pkg/networking/core/route/route.go, `ApplyRedirect`). What the redirect does not name stays as the request has it, the query too.
 */
import type { Reader } from './reader.ts'
import { prepareRewrite, rewriteTarget, type PreparedRewrite } from './rewrite.ts'
import type { Redirect, RouteMatch } from './snapshot.ts'

export interface PreparedRedirect {
  readonly status: number
  /** Of the request, as the listener has it. */
  readonly requestScheme: string
  readonly scheme: string
  /** Null where it stays. */
  readonly authority: string | null
  /** `:8080`; empty where the address names none. */
  readonly port: string
  readonly portFromAuthority: boolean
  /** Replaces the path; null where it stays. */
  readonly path: string | null
  /** `%PREFIX()%/new`: replaces what the route matched. */
  readonly prefix: PreparedRewrite | null
}

/** Istio's mark of a redirect that replaces only the prefix that matched. */
const PREFIX_MARK = '%PREFIX()%'
const STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** @throws RangeError where the status is none of a redirect */
export function prepareRedirect(redirect: Redirect, match: RouteMatch | undefined, reader: Reader): PreparedRedirect {
  if (!STATUSES.has(redirect.status)) {
    throw new RangeError(`redirect: status must be 301, 302, 303, 307 or 308, is ${redirect.status}`)
  }
  const requestScheme = reader.scheme ?? 'http'
  const scheme = redirect.scheme ?? requestScheme
  const fromRequest = redirect.derivePort === 'FROM_REQUEST_PORT'
  const port = redirect.port ?? (fromRequest ? reader.port : undefined)
  const uri = redirect.uri ?? ''
  const replacesPrefix = uri.startsWith(PREFIX_MARK)
  return {
    status: redirect.status,
    requestScheme,
    scheme,
    authority: redirect.authority === undefined || redirect.authority === '' ? null : redirect.authority,
    port: port === undefined || isDefaultPort(scheme, port) ? '' : `:${port}`,
    portFromAuthority: fromRequest && port === undefined,
    path: uri === '' || replacesPrefix ? null : uri,
    prefix: replacesPrefix ? prepareRewrite({ uri: uri.slice(PREFIX_MARK.length) || '/' }, match) : null,
  }
}

/** The field `Location`. @param target path and query @param authority as the request has it */
export function redirectLocation(redirect: PreparedRedirect, target: string, authority: string): string {
  const port = redirect.portFromAuthority ? derivedPort(redirect.scheme, authority) : redirect.port
  const host = redirect.authority ?? requestHost(redirect, authority, port)
  return `${redirect.scheme}://${host}${port}${redirectPath(redirect, target)}`
}

function redirectPath(redirect: PreparedRedirect, target: string): string {
  if (redirect.prefix !== null) return rewriteTarget(redirect.prefix, target)
  if (redirect.path === null) return target
  const question = target.indexOf('?')
  // A query that the redirect itself names takes the place of the request's.
  return question === -1 || redirect.path.includes('?') ? redirect.path : redirect.path + target.slice(question)
}

/** The port of the request goes where another is named, and where the scheme changes and it was the old one's default. */
function requestHost(redirect: PreparedRedirect, authority: string, newPort: string): string {
  const colon = portColon(authority)
  if (colon === -1) return authority
  const changed = redirect.scheme !== redirect.requestScheme
  const wasDefault = isDefaultPort(redirect.requestScheme, Number(authority.slice(colon + 1)))
  return newPort !== '' || (changed && wasDefault) ? authority.slice(0, colon) : authority
}

function derivedPort(scheme: string, authority: string): string {
  const colon = portColon(authority)
  return colon === -1 || isDefaultPort(scheme, Number(authority.slice(colon + 1))) ? '' : authority.slice(colon)
}

/** Where `:8080` begins, -1 where there is no port; an IPv6 literal has brackets. */
function portColon(authority: string): number {
  const colon = authority.lastIndexOf(':')
  return colon > authority.lastIndexOf(']') ? colon : -1
}

function isDefaultPort(scheme: string, port: number): boolean {
  return (scheme === 'http' && port === 80) || (scheme === 'https' && port === 443)
}
