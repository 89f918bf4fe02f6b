/** What a route does with a request, in the order of a sidecar's layers: cors, fault, its own answer, header operations and rewrite, and at last a destination. */
import {
  applyOperations,
  chooseDestination,
  corsPreflight,
  corsVerdict,
  redirectLocation,
  rewriteTarget,
  type PreparedRoute,
  type ValueSource,
} from '@meshmart/mesh-policy'
import type { Explanation, ExplainedResponse } from './explanation.ts'
import { Fields } from './fields.ts'
import type { AskedRequest } from './question.ts'
import { durationWords, operationsOf, resourceName } from './words.ts'

/** Everything of an explanation that a route decides alone. */
export function routeWords({
  route,
  retry,
}: PreparedRoute): Pick<
  Explanation,
  'virtualService' | 'route' | 'rewrite' | 'headers' | 'fault' | 'timeout' | 'retries'
> {
  const { rewrite, fault } = route
  return {
    virtualService: resourceName(route.source, 'VirtualService'),
    route: route.name,
    rewrite:
      rewrite === undefined
        ? null
        : { uri: rewrite.uri ?? rewrite.uriRegex?.rewrite ?? null, authority: rewrite.authority ?? null },
    headers: operationsOf(route.headers),
    fault:
      fault === undefined
        ? null
        : {
            delay:
              fault.delay === undefined
                ? null
                : { fixedDelay: durationWords(fault.delay.fixedDelayMs) ?? '0s', percentage: fault.delay.percentage },
            abort:
              fault.abort === undefined
                ? null
                : {
                    httpStatus: fault.abort.grpcStatus === null ? fault.abort.httpStatus : null,
                    grpcStatus: fault.abort.grpcStatus,
                    percentage: fault.abort.percentage,
                  },
          },
    timeout: durationWords(route.timeoutMs),
    retries:
      retry.attempts === 0 || route.destinations.length === 0
        ? null
        : {
            attempts: retry.attempts,
            perTryTimeout: durationWords(retry.perTryTimeoutMs),
            retryOn: route.retries.retryOn.join(','),
          },
  }
}

/** The answer that the mesh gives itself; null where the request goes on. */
export function ownAnswer(prepared: PreparedRoute, request: AskedRequest, fields: Fields): ExplainedResponse | null {
  const { route, redirect, cors, fault } = prepared
  const origin = fields.get('origin')
  const requestMethod = fields.get('access-control-request-method')
  if (cors !== null && corsVerdict(cors, request.method, origin, requestMethod) === 'preflight') {
    const allowed = new Fields([])
    corsPreflight(cors, origin ?? '', requestMethod ?? '', fields.get('access-control-request-headers'), allowed)
    return answer(200, 'a preflight of CORS', { headers: allowed.toRecord() })
  }
  if (fault !== null && fault.abortShare >= 1 && fault.abort.abort !== null) {
    const { httpStatus, grpcStatus } = fault.abort.abort
    const headers = grpcStatus === null ? {} : { 'grpc-status': String(grpcStatus) }
    return answer(httpStatus, 'the route injects this fault into every request', {
      body: 'fault filter abort',
      headers,
    })
  }
  const answered = new Fields([])
  if (prepared.response !== null) applyOperations(prepared.response, answered, valueSource(request, fields))
  if (redirect !== null) {
    const location = redirectLocation(redirect, request.target, request.authority)
    return answer(redirect.status, `route ${route.name} redirects`, {
      location,
      headers: { ...answered.toRecord(), location },
    })
  }
  if (route.directResponse === undefined) return null
  const { status, body } = route.directResponse
  return answer(status, `route ${route.name} answers itself`, { body, headers: answered.toRecord() })
}

export function answer(
  status: number,
  reason: string,
  more: Partial<Omit<ExplainedResponse, 'status' | 'reason'>> = {},
): ExplainedResponse {
  return { status, reason, location: null, headers: {}, body: null, ...more }
}

/** What the peer receives. Of several destinations the first one stands for all: those that differ from it say so themselves. */
export function upstreamOf(
  prepared: PreparedRoute,
  request: AskedRequest,
  fields: Fields,
  protocol: string,
): NonNullable<Explanation['upstream']> {
  const destination = chooseDestination(prepared.destinations, 0)
  const kept = new Fields(request.fields)
  const operations = destination?.request ?? null
  if (operations !== null) applyOperations(operations, kept, valueSource(request, fields))
  const { rewrite } = prepared
  const own = prepared.route.destinations.find(({ cluster }) => cluster === destination?.cluster)?.headers?.request
    ?.set?.['host']
  return {
    method: request.method,
    path: rewrite === null ? request.target : rewriteTarget(rewrite, request.target),
    authority: rewrite?.authority ?? own ?? request.authority,
    headers: kept.toRecord(),
    protocol,
  }
}

export function valueSource(request: AskedRequest, fields: Fields): ValueSource {
  return {
    method: request.method,
    target: request.target,
    authority: request.authority,
    protocol: request.http2 ? 'HTTP/2' : 'HTTP/1.1',
    remoteIp: '',
    sourceIp: '',
    header: (name) => fields.get(name),
    responseHeader: () => undefined,
  }
}
