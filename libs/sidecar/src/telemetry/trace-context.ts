/**
 * W3C Trace Context: which trace a request belongs to. Strict, because a malformed `traceparent` from outside must not become part of ours.
 * Source: https://www.w3.org/TR/trace-context/#traceparent-header
 */
import { randomFillSync } from 'node:crypto'

export interface TraceContext {
  readonly traceId: string
  /** Span that whoever continues is a child of. */
  readonly spanId: string
  readonly sampled: boolean
  readonly tracestate: string | null
  readonly baggage: string | null
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/
/** Longer ones are dropped: tracestate by the recommendation's 512, baggage by its 8,192 characters. */
const MAX_TRACESTATE = 512
const MAX_BAGGAGE = 8192

export function isTraceparent(text: string): boolean {
  return text.length <= 512 && TRACEPARENT.test(text) && (!text.startsWith('00') || text.length === 55)
}

/** Null where there is no well-formed `traceparent`. */
export function parseTraceContext(
  traceparent: string | undefined,
  tracestate: string | undefined,
  baggage: string | undefined,
): TraceContext | null {
  if (traceparent === undefined || !isTraceparent(traceparent)) return null
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return null
  return {
    traceId,
    spanId,
    sampled: (Number.parseInt(flags, 16) & 1) === 1,
    tracestate: tracestate === undefined || tracestate.length > MAX_TRACESTATE ? null : tracestate,
    baggage: baggage === undefined || baggage.length > MAX_BAGGAGE ? null : baggage,
  }
}

export function formatTraceparent(context: Pick<TraceContext, 'traceId' | 'spanId' | 'sampled'>): string {
  return `00-${context.traceId}-${context.spanId}-${context.sampled ? '01' : '00'}`
}

// Random bytes are drawn 4 KiB at a time: one system call for hundreds of ids.
const pool = Buffer.allocUnsafe(4096)
let used = pool.length

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  const hex = pool.toString('hex', used - bytes, used)
  return /^0+$/.test(hex) ? randomHex(bytes) : hex
}

export const newTraceId = (): string => randomHex(16)
export const newSpanId = (): string => randomHex(8)
