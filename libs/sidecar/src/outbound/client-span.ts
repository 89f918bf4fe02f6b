/** The client span of one try, and the fields that make the peer's span its child (docs/architecture.md, "Traces"). */
import type { Candidate } from '@meshmart/mesh-policy'
import { formatTraceparent, newSpanId, type TraceContext } from '../telemetry/trace-context.ts'
import type { Span, Tracer } from '../telemetry/tracer.ts'
import type { ClusterRuntime } from './cluster-runtime.ts'
import { isEncrypted } from './endpoint-pool.ts'
import type { OutboundExchange } from './outbound-exchange.ts'

export function startClientSpan(
  tracer: Tracer,
  exchange: OutboundExchange,
  cluster: ClusterRuntime,
  candidate: Candidate,
): { span: Span | null; traceFields: string[] } {
  const parent = exchange.trace
  if (parent === null || !exchange.traced) return { span: null, traceFields: [] }
  const trace: TraceContext = { ...parent, spanId: newSpanId() }
  const traceFields = ['traceparent', formatTraceparent(trace)]
  if (trace.tracestate !== null) traceFields.push('tracestate', trace.tracestate)
  if (trace.baggage !== null) traceFields.push('baggage', trace.baggage)
  const span = tracer.start(
    'client',
    `${exchange.method} ${cluster.cluster.host}`,
    trace,
    parent.spanId === '' ? null : parent.spanId,
  )
  if (span !== null) {
    const { endpoint, port } = candidate
    const encrypted = isEncrypted(cluster.cluster, candidate)
    span.attributes
      .set('http.request.method', exchange.method)
      .set('url.path', exchange.recordedPath)
      .set('server.address', cluster.cluster.host)
      .set('http.request.resend_count', exchange.tries)
      .set('network.peer.address', endpoint.address)
      .set('network.peer.port', port)
      .set('mesh.peer.identity', encrypted ? endpoint.identity : '')
      .set('mesh.peer.instance', endpoint.instance)
      .set('mesh.mtls', encrypted)
      .set('mesh.route', exchange.route?.name ?? '')
      .set('mesh.cluster', cluster.cluster.name)
  }
  return { span, traceFields }
}
