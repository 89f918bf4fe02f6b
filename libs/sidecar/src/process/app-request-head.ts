/** The head that the application gets: field lines as they came, and behind them what the mesh knows: who called, in which trace, until when. */
import { DEADLINE_HEADER, formatDeadline } from '@meshmart/mesh-policy'
import { formatTraceparent } from '../telemetry/trace-context.ts'
import type { WireInboundExchange } from './wire-inbound-exchange.ts'

/** Envoy's: a caller's own is never believed. */
export const CLIENT_CERT_HEADER = 'x-forwarded-client-cert'

export function appRequestHead(exchange: WireInboundExchange): string {
  const { trace, deadline } = exchange
  const { forwardedClientCert } = exchange.connection
  let head = exchange.method + ' ' + exchange.target + ' HTTP/1.1\r\nhost: ' + exchange.authority + '\r\n'
  head += exchange.fields.write() + 'x-request-id: ' + exchange.requestId + '\r\n'
  if (forwardedClientCert !== null) head += CLIENT_CERT_HEADER + ': ' + forwardedClientCert + '\r\n'
  if (trace !== null) {
    head += 'traceparent: ' + formatTraceparent(trace) + '\r\n'
    if (trace.tracestate !== null) head += 'tracestate: ' + trace.tracestate + '\r\n'
    if (trace.baggage !== null) head += 'baggage: ' + trace.baggage + '\r\n'
  }
  if (deadline !== null) head += DEADLINE_HEADER + ': ' + formatDeadline(deadline, Date.now()) + '\r\n'
  return head
}
