/**
 * B3, Zipkin's older form of the same: one field `b3`, or one field for each part. It is accepted and goes on as W3C. Unlike W3C it may say only whether to
 * sample, or leave that open.
 * Source: https://github.com/openzipkin/b3-propagation
 */
import { isIdentifier } from './hexadecimal.ts'

export interface B3 {
  /** 32 digits; empty where only the decision came. */
  readonly traceId: string
  readonly spanId: string
  /** Null where the decision is left to us. */
  readonly sampled: boolean | null
}

/** Both forms begin with a trace id of 64 or 128 bits. */
const SHORT = 16
const LONG = 32

/** The single field: `{trace}-{span}[-{0|1|d}[-{parent}]]`, or the decision alone. Null where it is malformed. */
export function parseB3(field: string): B3 | null {
  if (field.length === 1) return decisionOnly(field)
  const parts = field.split('-', 5)
  const [traceId = '', spanId = '', decision, parent] = parts
  if (parts.length > 4 || (parent !== undefined && !isSpanId(parent))) return null
  const sampled = decision === undefined ? null : decide(decision)
  return sampled === undefined ? null : identified(traceId, spanId, sampled)
}

/** The fields `x-b3-…`; null where they are malformed or say nothing. */
export function parseB3Fields(
  traceId: string | undefined,
  spanId: string | undefined,
  sampled: string | undefined,
  flags: string | undefined,
): B3 | null {
  // Debug means: keep it, whatever the other field says.
  const decision = flags === '1' ? true : sampled === undefined ? null : decide(sampled)
  if (decision === undefined) return null
  if (traceId === undefined && spanId === undefined) {
    return decision === null ? null : { traceId: '', spanId: '', sampled: decision }
  }
  return identified(traceId ?? '', spanId ?? '', decision)
}

function decisionOnly(field: string): B3 | null {
  const sampled = decide(field)
  return sampled === undefined ? null : { traceId: '', spanId: '', sampled }
}

function identified(traceId: string, spanId: string, sampled: boolean | null): B3 | null {
  if (!isSpanId(spanId)) return null
  if ((traceId.length !== SHORT && traceId.length !== LONG) || !isIdentifier(traceId, 0, traceId.length)) return null
  return { traceId: traceId.padStart(LONG, '0'), spanId, sampled }
}

function isSpanId(text: string): boolean {
  return text.length === SHORT && isIdentifier(text, 0, SHORT)
}

/** `true` and `false` are written by old Zipkin clients. */
function decide(text: string): boolean | undefined {
  if (text === '1' || text === 'd' || text === 'true') return true
  return text === '0' || text === 'false' ? false : undefined
}
