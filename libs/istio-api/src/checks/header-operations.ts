/** `headers` of a route or a destination: names, values with their `%VARIABLES%`, and what cannot be changed by a header. */
import { headerValueProblem } from '@meshmart/mesh-policy'
import type { Findings } from '../problem.ts'
import type { FieldPath, HttpRouteSpec } from '../resource.ts'
import { formatProblem } from './header-format.ts'
import { HEADER_NAME } from './values.ts'

export type HeadersSpec = NonNullable<HttpRouteSpec['headers']>

/** `:authority` and `host` name the same thing: setting them rewrites the authority. */
export const isAuthority = (name: string): boolean => [':authority', 'host'].includes(name.toLowerCase())

export function checkHeaders(headers: HeadersSpec | undefined, path: FieldPath, findings: Findings): void {
  for (const side of ['request', 'response'] as const) {
    for (const operation of ['set', 'add'] as const) {
      for (const [name, value] of Object.entries(headers?.[side]?.[operation] ?? {})) {
        const place = [...path, side, operation, name]
        checkName(name, side === 'request', place, findings)
        checkValue(value, place, findings)
      }
    }
    for (const [index, name] of (headers?.[side]?.remove ?? []).entries()) {
      checkName(name, false, [...path, side, 'remove', index], findings)
    }
  }
}

function checkName(name: string, authorityAllowed: boolean, path: FieldPath, findings: Findings): void {
  if (isAuthority(name)) {
    if (!authorityAllowed) findings.error(path, 'cannot be changed here; only a request may set its authority')
  } else if (name === '' || name.startsWith(':')) {
    findings.error(path, `must be the name of a header, is ${JSON.stringify(name)}`)
  } else if (!HEADER_NAME.test(name)) findings.refuse(path, `must be the name of a header, is ${JSON.stringify(name)}`)
}

/** Istio looks at the form alone: an unknown variable is left to Envoy. */
function checkValue(value: string, path: FieldPath, findings: Findings): void {
  const wrong = formatProblem(value)
  if (wrong !== null) {
    findings.error(path, wrong)
    return
  }
  const unknown = headerValueProblem(value)
  if (unknown !== null) findings.refuse(path, unknown)
}
