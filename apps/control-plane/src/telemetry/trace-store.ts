/**
 * The last traces, in memory, so that a purchase can be followed with nothing else installed. Bounded three ways: traces (the oldest goes),
 * spans of one trace (further ones are refused), and spans in all, because 2,000 traces of full size would not fit a laptop.
 */
import type { Trace, TraceSpan } from '@meshmart/contracts'

export interface TraceLimits {
  readonly traces: number
  readonly spansPerTrace: number
  readonly spans: number
}
export const traceLimits: TraceLimits = { traces: 2_000, spansPerTrace: 500, spans: 60_000 }

export class TraceStore {
  readonly #limits: TraceLimits
  /** In order of their first span; spans by id, so that a batch that is sent again adds nothing. */
  readonly #traces = new Map<string, Map<string, TraceSpan>>()
  #spans = 0

  constructor(limits: TraceLimits = traceLimits) {
    this.#limits = limits
  }

  get size(): { traces: number; spans: number } {
    return { traces: this.#traces.size, spans: this.#spans }
  }

  /** Keeps spans; the answer is how many were refused because their trace is full. */
  add(spans: readonly TraceSpan[]): number {
    let refused = 0
    for (const span of spans) if (!this.#keep(span)) refused += 1
    while (this.#traces.size > this.#limits.traces || this.#spans > this.#limits.spans) this.#forgetOldest()
    return refused
  }

  get(traceId: string): Trace | undefined {
    const spans = this.#traces.get(traceId)
    return spans && { traceId, spans: [...spans.values()].toSorted(byStart) }
  }

  #keep(span: TraceSpan): boolean {
    let trace = this.#traces.get(span.traceId)
    if (trace === undefined) this.#traces.set(span.traceId, (trace = new Map()))
    if (!trace.has(span.spanId)) {
      if (trace.size >= this.#limits.spansPerTrace) return false
      this.#spans += 1
    }
    trace.set(span.spanId, span)
    return true
  }

  #forgetOldest(): void {
    const [oldest] = this.#traces
    if (oldest === undefined) return
    this.#traces.delete(oldest[0])
    this.#spans -= oldest[1].size
  }
}

/** Nanoseconds do not fit a double, so they are compared as what they are. */
export const byStart = (a: TraceSpan, b: TraceSpan): number => {
  const difference = BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}
