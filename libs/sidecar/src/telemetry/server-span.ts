/**
 * A request that comes in, from the mesh or at the edge, goes on in the trace that it names, or begins one. Where the trace is kept its server span is open
 * from here on; where it is not, the ids are all that it costs, and a span is made at the end if the request failed.
 */
import type { Exchange } from '../exchange.ts'
import { newSpanId, newTraceId, type TraceContext } from './trace-context.ts'
import type { Span, Tracer } from './tracer.ts'

/** What came on it: node's request has one, and so has a connection of our own. */
export interface OnSocket {
  readonly socket: { readonly remoteAddress?: string | undefined; readonly remotePort?: number | undefined }
}

/** @param came what the request's fields say; null where they say nothing that is well formed */
export function beginServerSpan(
  exchange: Exchange & { span: Span | null },
  { socket }: OnSocket,
  came: TraceContext | null,
  tracer: Tracer,
): void {
  const trace: TraceContext = {
    traceId: came === null ? newTraceId() : came.traceId,
    spanId: newSpanId(),
    sampled: came === null ? tracer.sample() : came.sampled,
    tracestate: came === null ? null : came.tracestate,
    baggage: came === null ? null : came.baggage,
    random: came !== null && came.random === true,
    parentSpanId: came === null || came.spanId === '' ? null : came.spanId,
  }
  exchange.trace = trace
  if (!trace.sampled) return
  exchange.span = tracer.start('server', serverSpanName(exchange), trace, trace.parentSpanId ?? null)
  exchange.span?.attributes
    .set('network.peer.address', socket.remoteAddress ?? '')
    .set('network.peer.port', socket.remotePort ?? 0)
}

/**
 * The span of a request that is over and has to be recorded: the one that was open, or one made now because it failed.
 * @param tracer of this process; null where nothing is traced
 */
export function endingServerSpan(
  exchange: Exchange & { readonly span: Span | null },
  tracer: Tracer | null,
): Span | null {
  const { span, trace } = exchange
  if (span !== null || trace === null || tracer === null) return span
  return tracer.failed('server', serverSpanName(exchange), trace, trace.parentSpanId ?? null, exchange.startedAt)
}

function serverSpanName(exchange: Exchange): string {
  return `${exchange.method} ${exchange.recordedPath}`
}
