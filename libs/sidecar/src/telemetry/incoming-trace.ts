/** Which trace a request that comes in belongs to: W3C's fields, else B3's, else none. */
import { parseB3, parseB3Fields, type B3 } from './b3.ts'
import { acceptBaggage, newTraceId, parseTraceContext, type TraceContext } from './trace-context.ts'

export interface TraceCarrier {
  /** Every line of a field, joined by commas. @param name in lower case */
  combined(name: string): string | undefined
}

/** Node has joined the lines of these fields already. */
export class NodeFields implements TraceCarrier {
  readonly #fields: Readonly<Record<string, string | string[] | undefined>>

  constructor(fields: Readonly<Record<string, string | string[] | undefined>>) {
    this.#fields = fields
  }

  combined(name: string): string | undefined {
    const value = this.#fields[name]
    return typeof value === 'object' ? value.join(', ') : value
  }
}

/**
 * @param head decides about what B3 leaves open
 * @returns its span is who asked; empty where B3 brought only a decision. Null where nothing that is well formed came
 */
export function incomingTrace(fields: TraceCarrier, head: { sample(): boolean }): TraceContext | null {
  const traceparent = fields.combined('traceparent')
  if (traceparent !== undefined) {
    // A malformed one begins a new trace even where B3 is there too: the two would disagree about who asked.
    return parseTraceContext(traceparent, fields.combined('tracestate'), fields.combined('baggage'))
  }
  const came = b3Of(fields)
  if (came === null) return null
  return {
    traceId: came.traceId === '' ? newTraceId() : came.traceId,
    spanId: came.spanId,
    sampled: came.sampled ?? head.sample(),
    tracestate: null,
    baggage: acceptBaggage(fields.combined('baggage')),
    random: false,
    parentSpanId: null,
  }
}

function b3Of(fields: TraceCarrier): B3 | null {
  const single = fields.combined('b3')
  if (single !== undefined) return parseB3(single)
  const traceId = fields.combined('x-b3-traceid')
  const sampled = fields.combined('x-b3-sampled')
  const flags = fields.combined('x-b3-flags')
  if (traceId === undefined && sampled === undefined && flags === undefined) return null
  return parseB3Fields(traceId, fields.combined('x-b3-spanid'), sampled, flags)
}
