/** Conditions of an HTTP route. What depends on who compiles (gateway or sidecar, port) is decided here; the rest is left to the request. */
import type { RouteMatch, StringMatch } from '@meshmart/mesh-policy'
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
  return {
    ...(uri && { uri }),
    ...(written.ignoreUriCase !== undefined && { ignoreUriCase: written.ignoreUriCase }),
    ...(method && { method }),
    ...(authority && { authority }),
    ...(written.headers && { headers: namedMatches(written.headers, true) }),
    ...(written.queryParams && { queryParams: namedMatches(written.queryParams, false) }),
    ...(written.withoutHeaders && { withoutHeaders: namedMatches(written.withoutHeaders, true) }),
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
