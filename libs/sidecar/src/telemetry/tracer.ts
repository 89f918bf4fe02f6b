/**
 * Spans, made by the mesh's own layers: an instrumentation of node's HTTP would cost more than the whole request path (docs/architecture.md, "Traces").
 * Ended spans wait in a bounded buffer for the exporter; when it is full the oldest go, because a trace store that is down must not cost memory.
 *
 * The head decides: a trace that comes in is kept where its caller keeps it, a new one by share. What fails is kept always (`failed`), with the id that was
 * sent on long before anybody knew, so that the failures of one trace hang together; of what went well in it there is nothing (`keptFromNow`).
 */
import type { TraceContext } from './trace-context.ts'
import { AS_SET, type TracingRule } from './tracing-rules.ts'

export type SpanKind = 'internal' | 'server' | 'client'
export type AttributeValue = string | number | boolean

export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | null
  readonly kind: SpanKind
  readonly name: string
  /** Milliseconds since 1970, with fractions. */
  readonly startedAt: number
  endedAt: number
  failed: boolean
  readonly attributes: Map<string, AttributeValue>
  /** Once; more calls do nothing. */
  end(failed: boolean): void
}

export class Tracer {
  readonly #sampling: number
  readonly #random: () => number
  readonly #capacity: number
  #rules: { readonly server: TracingRule; readonly client: TracingRule } = { server: AS_SET, client: AS_SET }
  #ended: Span[] = []
  #dropped = 0

  /** @param sampling share of new traces that are kept, 0 to 1 @param capacity spans that wait at most */
  constructor(sampling: number, random: () => number = Math.random, capacity = 4096) {
    this.#sampling = sampling
    this.#random = random
    this.#capacity = capacity
  }

  /** What Telemetry resources say of the spans of requests that come in, and of those that go out. */
  use(rules: { readonly server: TracingRule; readonly client: TracingRule }): void {
    this.#rules = rules
  }

  /** Whether a trace that begins here is kept. @param kind of its first span */
  sample(kind: 'server' | 'client' = 'server'): boolean {
    return this.#random() < (this.#rules[kind].sampling ?? this.#sampling)
  }

  /** Writes what a Telemetry wants to be said beside. @param fields of the request */
  tag(span: Span, fields: { header(name: string): string | undefined }): void {
    for (const { name, header, value } of this.#ruleOf(span.kind).tags)
      span.attributes.set(name, header === null ? value : (fields.header(header) ?? value))
  }

  /** Our own work in a trace of a client's belongs to what the client does. */
  #ruleOf(kind: SpanKind): TracingRule {
    return kind === 'server' ? this.#rules.server : this.#rules.client
  }

  /** A span with the id that `trace` carries; null where the trace is not kept. @param parent span id, null for a root */
  start(kind: SpanKind, name: string, trace: TraceContext, parent: string | null): Span | null {
    return trace.sampled && this.#ruleOf(kind).reports ? new RecordedSpan(this, kind, name, trace, parent, now()) : null
  }

  /**
   * A span made when its work is over: for what failed in a trace that is not kept, and for whoever gathers what a span says only at its end.
   * @param trace with the id that the work had all along @param startedAt milliseconds since 1970
   */
  failed(kind: SpanKind, name: string, trace: TraceContext, parent: string | null, startedAt: number): Span {
    return new RecordedSpan(this, kind, name, trace, parent, startedAt)
  }

  keep(span: Span): void {
    if (!this.#ruleOf(span.kind).reports) return
    if (this.#ended.length >= this.#capacity) {
      this.#ended.shift()
      this.#dropped++
    }
    this.#ended.push(span)
  }

  /** Takes what has ended, at most `limit`. */
  take(limit: number): Span[] {
    return this.#ended.splice(0, limit)
  }

  get waiting(): number {
    return this.#ended.length
  }
  /** Spans that were dropped because the buffer was full, since start. */
  get dropped(): number {
    return this.#dropped
  }
}

class RecordedSpan implements Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | null
  readonly kind: SpanKind
  readonly name: string
  readonly startedAt: number
  endedAt = 0
  failed = false
  readonly attributes = new Map<string, AttributeValue>()
  readonly #tracer: Tracer

  constructor(
    tracer: Tracer,
    kind: SpanKind,
    name: string,
    trace: TraceContext,
    parent: string | null,
    startedAt: number,
  ) {
    this.#tracer = tracer
    this.startedAt = startedAt
    this.traceId = trace.traceId
    this.spanId = trace.spanId
    this.parentSpanId = parent
    this.kind = kind
    this.name = name
  }

  end(failed: boolean): void {
    if (this.endedAt !== 0) return
    this.endedAt = now()
    this.failed = failed
    this.#tracer.keep(this)
  }
}

const now = (): number => performance.timeOrigin + performance.now()
