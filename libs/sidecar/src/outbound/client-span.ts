/**
 * The client span of one try (docs/architecture.md, "Traces"). Its id is made before anything leaves, because the peer's span becomes its child; what it says is
 * gathered when the try is over, so that a trace that is not kept costs the id alone, and a try that failed is recorded all the same.
 */
import type { Candidate } from '@meshmart/mesh-policy'
import type { ResponseHead } from '../http1/heads.ts'
import { childOf, type TraceContext } from '../telemetry/trace-context.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import type { ClusterRuntime } from './cluster-runtime.ts'
import { isEncrypted } from './endpoint-pool.ts'
import type { OutboundExchange } from './outbound-exchange.ts'

/** What the peer's span becomes a child of; null where the exchange belongs to no trace. */
export function clientTrace(exchange: OutboundExchange): TraceContext | null {
  return exchange.trace === null || !exchange.traced ? null : childOf(exchange.trace)
}

export interface EndedTry {
  readonly exchange: OutboundExchange
  readonly cluster: ClusterRuntime
  readonly candidate: Candidate
  readonly response: ResponseHead | null
  readonly trace: TraceContext | null
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Which one, from 1. */
  readonly number: number
}

/** @param failure in words; null where a whole answer came */
export function recordClientSpan(tracer: Tracer, ended: EndedTry, failure: string | null): void {
  const { exchange, cluster, candidate, response, trace } = ended
  const status = response === null ? 0 : response.status
  const failed = failure !== null || status >= 500
  if (trace === null || !(trace.sampled || failed)) return
  const name = `${exchange.method} ${cluster.cluster.host}`
  const span = tracer.failed('client', name, trace, trace.parentSpanId ?? null, ended.startedAt)
  const { endpoint, port } = candidate
  const encrypted = isEncrypted(cluster.cluster, candidate)
  const { attributes } = span
  attributes
    .set('http.request.method', exchange.method)
    .set('url.path', exchange.recordedPath)
    .set('server.address', cluster.cluster.host)
    .set('http.request.resend_count', ended.number - 1)
    .set('network.peer.address', endpoint.address)
    .set('network.peer.port', port)
    .set('mesh.peer.identity', encrypted ? endpoint.identity : '')
    .set('mesh.peer.instance', response?.fields.get('x-mesh-instance') ?? endpoint.instance)
    .set('mesh.mtls', encrypted)
    .set('mesh.route', exchange.route?.name ?? '')
    .set('mesh.cluster', cluster.cluster.name)
  if (status > 0) attributes.set('http.response.status_code', status)
  if (failure !== null) attributes.set('error.message', failure)
  if (exchange.flag !== null) attributes.set('mesh.response_flags', exchange.flag.code)
  tracer.tag(span, exchange)
  span.end(failed)
}
