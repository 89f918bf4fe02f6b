/** The head that leaves: field lines as they came, without those that the mesh writes itself, and behind them ours. One place for every placement. */
import { DEADLINE_HEADER, formatDeadline } from '@meshmart/mesh-policy'
import type { FieldLines } from '../http1/fields.ts'
import { formatTraceparent, TRACE_FIELDS, type TraceContext } from '../telemetry/trace-context.ts'
import type { OutboundExchange } from './outbound-exchange.ts'

/** The mesh writes these itself; in lower case. */
export const OWN_FIELDS: readonly string[] = ['host', 'x-request-id', DEADLINE_HEADER, ...TRACE_FIELDS]

/** Done by the end that makes the exchange, once it has read them. */
export function removeOwnFields(fields: FieldLines): void {
  fields.removeAll(OWN_FIELDS)
}

/** @param trace what the peer's span becomes a child of; null where nothing is said. @returns start line and field lines, without the empty line */
export function requestHead(exchange: OutboundExchange, trace: TraceContext | null): string {
  let head = exchange.method + ' ' + exchange.upstreamTarget + ' HTTP/1.1\r\nhost: ' + exchange.upstreamAuthority
  head += '\r\n' + exchange.fields.write() + 'x-request-id: ' + exchange.requestId + '\r\n'
  if (trace !== null) {
    head += 'traceparent: ' + formatTraceparent(trace) + '\r\n'
    if (trace.tracestate !== null) head += 'tracestate: ' + trace.tracestate + '\r\n'
    if (trace.baggage !== null) head += 'baggage: ' + trace.baggage + '\r\n'
  }
  if (exchange.deadline !== null)
    head += DEADLINE_HEADER + ': ' + formatDeadline(exchange.deadline, Date.now()) + '\r\n'
  // Whoever has nothing to send with a method that means to send something says so (RFC 9110, 8.6).
  if (exchange.body === null && announcesNothing(exchange)) head += 'content-length: 0\r\n'
  return head
}

function announcesNothing({ method, fields }: OutboundExchange): boolean {
  return (method === 'POST' || method === 'PUT' || method === 'PATCH') && fields.get('content-length') === undefined
}
