/** A request that comes in, from the mesh or at the edge, goes on in the trace that it names, or begins one; its server span is open from here on. */
import type { IncomingMessage } from 'node:http'
import type { Exchange } from '../exchange.ts'
import { newSpanId, newTraceId, type TraceContext } from './trace-context.ts'
import type { Span, Tracer } from './tracer.ts'

/** @param came what the request's fields say; null where they say nothing that is well formed */
export function beginServerSpan(
  exchange: Exchange & { span: Span | null },
  { socket }: IncomingMessage,
  came: TraceContext | null,
  tracer: Tracer,
): void {
  exchange.trace = {
    traceId: came?.traceId ?? newTraceId(),
    spanId: newSpanId(),
    sampled: came?.sampled ?? tracer.sample(),
    tracestate: came?.tracestate ?? null,
    baggage: came?.baggage ?? null,
  }
  const name = `${exchange.method} ${exchange.recordedPath}`
  exchange.span = tracer.start('server', name, exchange.trace, came?.spanId ?? null)
  exchange.span?.attributes
    .set('network.peer.address', socket.remoteAddress ?? '')
    .set('network.peer.port', socket.remotePort ?? 0)
}
