/**
 * W3C Trace Context: which trace a request belongs to. Strict, because a malformed `traceparent` from outside must not become part of ours.
 * Source: https://www.w3.org/TR/trace-context-2/
 */
import { byteAt, isIdentifier } from './hexadecimal.ts'
import { newSpanId } from './trace-ids.ts'
import { acceptTracestate } from './trace-state.ts'

export { newSpanId, newTraceId } from './trace-ids.ts'

export interface TraceContext {
  readonly traceId: string
  /** Span that whoever continues is a child of; empty where there is none. */
  readonly spanId: string
  readonly sampled: boolean
  readonly tracestate: string | null
  readonly baggage: string | null
  /** Level 2's flag: whoever began the trace made its id at random. Carried as it came. */
  readonly random?: boolean
  /** What `spanId` is a child of, where it is a span of ours that may still have to be recorded; null for a root. */
  readonly parentSpanId?: string | null
}

/** Its fields, and B3's, in lower case: whoever sends a request on takes them out, and writes what `formatTraceparent` and the context say. */
export const TRACE_FIELDS: readonly string[] = [
  'traceparent',
  'tracestate',
  'baggage',
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-parentspanid',
  'x-b3-sampled',
  'x-b3-flags',
]

const LENGTH = 55
/** A later version may be longer; this much is read. */
const MAX_LENGTH = 512
/** Characters that W3C Baggage wants carried. */
const MAX_BAGGAGE = 8192
const DASH = 0x2d
const FORBIDDEN_VERSION = 0xff
const SAMPLED = 1
const RANDOM = 2

export function isTraceparent(text: string): boolean {
  if (text.length < LENGTH || text.length > MAX_LENGTH) return false
  const version = byteAt(text, 0)
  if (version < 0 || version === FORBIDDEN_VERSION) return false
  if (text.length > LENGTH && (version === 0 || text.charCodeAt(LENGTH) !== DASH)) return false
  return (
    text.charCodeAt(2) === DASH &&
    text.charCodeAt(35) === DASH &&
    text.charCodeAt(52) === DASH &&
    isIdentifier(text, 3, 35) &&
    isIdentifier(text, 36, 52) &&
    byteAt(text, 53) >= 0
  )
}

/**
 * Null where there is no well-formed `traceparent`.
 * @param traceparent all its lines joined: two of them are none @param tracestate all its lines joined by commas
 */
export function parseTraceContext(
  traceparent: string | undefined,
  tracestate: string | undefined,
  baggage: string | undefined,
): TraceContext | null {
  if (traceparent === undefined || !isTraceparent(traceparent)) return null
  const flags = byteAt(traceparent, 53)
  return {
    traceId: traceparent.slice(3, 35),
    spanId: traceparent.slice(36, 52),
    sampled: (flags & SAMPLED) !== 0,
    tracestate: tracestate === undefined ? null : acceptTracestate(tracestate),
    baggage: acceptBaggage(baggage),
    random: (flags & RANDOM) !== 0,
    parentSpanId: null,
  }
}

/** What travels beside a trace of either form; too long is not carried. */
export function acceptBaggage(text: string | undefined): string | null {
  return text === undefined || text === '' || text.length > MAX_BAGGAGE ? null : text
}

export function formatTraceparent(
  context: Pick<TraceContext, 'traceId' | 'spanId' | 'sampled'> & { readonly random?: boolean },
): string {
  const flags = context.sampled ? (context.random === true ? '-03' : '-01') : context.random === true ? '-02' : '-00'
  return '00-' + context.traceId + '-' + context.spanId + flags
}

/** The next step of the same trace: a span of ours, whose parent is who was named before. */
export function childOf(parent: TraceContext): TraceContext {
  return {
    traceId: parent.traceId,
    spanId: newSpanId(),
    sampled: parent.sampled,
    tracestate: parent.tracestate,
    baggage: parent.baggage,
    random: parent.random ?? false,
    parentSpanId: parent.spanId === '' ? null : parent.spanId,
  }
}

/**
 * From here on the trace is kept although its head was not sampled: something in it failed. Whoever is called later is told by its `sampled` flag; whoever was
 * called before keeps nothing but its own failures, so that such a trace is the chain of what failed, and not the whole tree.
 */
export function keptFromNow(trace: TraceContext): TraceContext {
  return trace.sampled
    ? trace
    : {
        traceId: trace.traceId,
        spanId: trace.spanId,
        sampled: true,
        tracestate: trace.tracestate,
        baggage: trace.baggage,
        random: trace.random ?? false,
        parentSpanId: trace.parentSpanId ?? null,
      }
}
