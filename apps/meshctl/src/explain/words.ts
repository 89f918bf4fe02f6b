/** An explanation for people. */
import type { Explanation } from '@meshmart/istio-api'
import { columns } from '../table.ts'

export function explanationWords(explanation: Explanation): string {
  const { listener, gateway, virtualHost, virtualService, route, match, mtls, authentication, authorization } =
    explanation
  const rows: (readonly [string, string | null])[] = [
    ['listener', listener === null ? 'none' : `${listener.name} (${listener.protocol})`],
    ['gateway', gateway],
    ['mTLS', mtls === null ? null : `${mtls.passes ? 'passes' : 'refused'}: ${mtls.reason}`],
    ['caller', authentication === null ? null : authenticationWords(authentication)],
    ['allowed', authorization === null ? null : `${authorization.decision}: ${authorization.reason}`],
    ['host', virtualHost],
    [
      'route',
      route === null ? null : `${route}${virtualService === null ? '' : ` of VirtualService ${virtualService}`}`,
    ],
    ...(match?.earlier ?? []).map(({ route: name, reason }) => ['', `not ${name}: ${reason}`] as const),
    ['because', match === null || match.clause === null ? null : `it fits ${JSON.stringify(match.clause)}`],
    ...actionRows(explanation),
    ...endRows(explanation),
  ]
  const shown = rows.flatMap(([name, value]) => (value === null ? [] : [[name, value]]))
  return columns(shown).join('\n')
}

type Row = readonly [string, string | null]

function authenticationWords({
  principal,
  requestPrincipal,
  reason,
}: NonNullable<Explanation['authentication']>): string {
  const token = requestPrincipal === null ? '' : `, token of ${requestPrincipal}`
  return `${principal ?? 'nobody that proves it'}${token}: ${reason}`
}

function actionRows({ rewrite, headers, fault, mirror, timeout, retries }: Explanation): Row[] {
  return [
    ['rewrite', rewrite === null ? null : JSON.stringify(rewrite)],
    ['headers', headers === null ? null : JSON.stringify(headers)],
    ['fault', fault === null ? null : JSON.stringify(fault)],
    ...(mirror ?? []).map(({ cluster, percentage }): Row => ['mirror', `${percentage} % to ${cluster}`]),
    ['timeout', timeout],
    [
      'retries',
      retries === null
        ? null
        : `${retries.attempts} more on ${retries.retryOn}${retries.perTryTimeout === null ? '' : `, ${retries.perTryTimeout} each`}`,
    ],
  ]
}

function endRows({ destinations, upstream, response, error }: Explanation): Row[] {
  return [
    ...destinations.map(({ cluster, weight, endpoints, tls }): Row => {
      const who = endpoints.length === 0 ? '' : `: ${endpoints.join(', ')}`
      return ['goes to', `${cluster} (weight ${weight}${tls === null ? '' : `, ${tls}`})${who}`]
    }),
    [
      'sends',
      upstream === null || upstream.method === null
        ? null
        : `${upstream.method} ${upstream.path} to ${upstream.authority} as ${upstream.protocol}`,
    ],
    [
      'answer',
      response === null
        ? null
        : `${response.status}${response.location === null ? '' : ` to ${response.location}`}: ${response.reason}`,
    ],
    ['ends', error],
  ]
}
