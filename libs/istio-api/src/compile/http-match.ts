/** Conditions of an HTTP route. What depends on who compiles (gateway or sidecar, port) is decided here; the rest is left to the request. */
import type { ClaimMatch, RouteMatch, StringMatch } from '@meshmart/mesh-policy'
import type { WrittenStringMatch } from '../checks/values.ts'
import type { HttpMatchSpec } from '../resource.ts'

/**
 * A match for one reader, or null where it is meant for another.
 * @param readers full names of the gateways that are compiled, `default/my-gateway`, or `mesh`; @param namespace of the resource
 */
export function compileHttpMatch(
  written: HttpMatchSpec,
  readers: ReadonlySet<string>,
  namespace: string,
  port: number | null,
): RouteMatch | null {
  if (port !== null && written.port !== undefined && written.port !== port) return null
  const gateways = written.gateways ?? []
  if (gateways.length > 0 && !gateways.some((name) => readers.has(gatewayName(name, namespace)))) return null
  const uri = stringMatch(written.uri)
  const method = stringMatch(written.method)
  const authority = stringMatch(written.authority)
  const scheme = stringMatch(written.scheme)
  // Istio asks for the caller's labels only where no gateways are named.
  const { sourceLabels, sourceNamespace } = gateways.length > 0 ? {} : written
  const onPort = written.port ?? port
  const claims = [...claimMatches(written.headers, false), ...claimMatches(written.withoutHeaders, true)]
  const headers = withoutClaims(written.headers)
  const withoutHeaders = withoutClaims(written.withoutHeaders)
  return {
    ...(uri && { uri }),
    ...(written.ignoreUriCase !== undefined && { ignoreUriCase: written.ignoreUriCase }),
    ...(method && { method }),
    ...(authority && { authority }),
    ...(headers && { headers: namedMatches(headers, true) }),
    ...(written.queryParams && { queryParams: namedMatches(written.queryParams, false) }),
    ...(withoutHeaders && { withoutHeaders: namedMatches(withoutHeaders, true) }),
    ...(claims.length > 0 && { claims }),
    ...(scheme && { scheme }),
    ...(onPort !== null && { port: onPort }),
    ...(sourceLabels && { sourceLabels }),
    ...(sourceNamespace !== undefined && sourceNamespace !== '' && { sourceNamespace }),
  }
}

/** `my-gateway` of a resource in `default` is `default/my-gateway`; `mesh` is itself. */
export function gatewayName(written: string, namespace: string): string {
  return written === 'mesh' || written.includes('/') ? written : `${namespace}/${written}`
}

const CLAIMS = /^@request\.auth\.claims(?=[.[])/i

/**
 * `@request.auth.claims[group][id]` as a path; with dots (`@request.auth.claims.group.id`) no name can hold one itself.
 * @returns null where it is not the name of a claim but of a header
 */
export function claimPath(name: string): readonly string[] | null {
  if (!CLAIMS.test(name)) return null
  const rest = name.replace(CLAIMS, '')
  const path = rest.startsWith('.')
    ? rest.slice(1).split('.')
    : [...rest.matchAll(/\[([^\]]*)\]/g)].map(([, claim = '']) => claim)
  return path.length > 0 && path.every((claim) => claim !== '') ? path : null
}

type Named = Readonly<Record<string, WrittenStringMatch>>

function claimMatches(written: Named | undefined, invert: boolean): ClaimMatch[] {
  return Object.entries(written ?? {}).flatMap(([name, match]): ClaimMatch[] => {
    const path = claimPath(name)
    const value = stringMatch(match) ?? { kind: 'prefix', value: '' }
    return path === null ? [] : [{ path, value, ...(invert && { invert }) }]
  })
}

/** Undefined where nothing is left. */
function withoutClaims(written: Named | undefined): Named | undefined {
  const headers = Object.entries(written ?? {}).filter(([name]) => claimPath(name) === null)
  return headers.length === 0 ? undefined : Object.fromEntries(headers)
}

/** A header or parameter without a condition on its value must be there: every value has the empty prefix. */
function namedMatches(
  written: Readonly<Record<string, WrittenStringMatch>>,
  lowerCase: boolean,
): Record<string, StringMatch> {
  return Object.fromEntries(
    Object.entries(written).map(([name, match]) => [
      lowerCase ? name.toLowerCase() : name,
      (match.regex === '*' ? null : stringMatch(match)) ?? { kind: 'prefix', value: '' },
    ]),
  )
}

export function stringMatch(written: WrittenStringMatch | undefined): StringMatch | null {
  if (written?.exact !== undefined) return { kind: 'exact', value: written.exact }
  if (written?.prefix !== undefined) return { kind: 'prefix', value: written.prefix }
  return written?.regex === undefined ? null : { kind: 'regex', value: written.regex }
}
