/**
 * What a handler is working for. The context follows the work through every await, so that a plain `fetch` inside a handler becomes a child of the request
 * that caused it and keeps its deadline, without a parameter through every function.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { RequestContext } from '../sidecar.ts'
import { formatTraceparent, newSpanId, newTraceId, parseTraceContext, type TraceContext } from './trace-context.ts'
import type { Tracer } from './tracer.ts'

export interface ActiveContext extends RequestContext {
  readonly trace: TraceContext
}

/** Work of the sidecar itself is not traced, or exporting spans would make spans. */
export const UNTRACED = Symbol('untraced')

const storage = new AsyncLocalStorage<ActiveContext | typeof UNTRACED>()

export function activeContext(): ActiveContext | typeof UNTRACED | undefined {
  return storage.getStore()
}

export function runInContext<T>(context: ActiveContext | typeof UNTRACED, work: () => T): T {
  return storage.run(context, work)
}

/** The request that the calling code works for; undefined in background work that `withTrace` did not tie to one. */
export function currentRequest(): RequestContext | undefined {
  const context = storage.getStore()
  return context === UNTRACED ? undefined : context
}

/** The process's tracer: set by `startSidecar`. Background work may run before it and is then simply not recorded. */
let tracer: Tracer | null = null
export function setProcessTracer(next: Tracer | null): void {
  tracer = next
}

/**
 * Background work goes on in the trace that caused it.
 * @param traceparent W3C form, as an event or a row kept it; null or malformed begins a new trace
 * @param name of the span that stands for the work
 */
export async function withTrace<T>(traceparent: string | null, name: string, work: () => Promise<T>): Promise<T> {
  const cause = parseTraceContext(traceparent ?? undefined, undefined, undefined)
  const trace: TraceContext = {
    traceId: cause?.traceId ?? newTraceId(),
    spanId: newSpanId(),
    sampled: cause?.sampled ?? tracer?.sample() ?? false,
    tracestate: null,
    baggage: null,
  }
  const parent = cause?.spanId ?? null
  const startedAt = Date.now()
  const span = tracer?.start('internal', name, trace, parent) ?? null
  const context: ActiveContext = {
    trace,
    traceId: trace.traceId,
    traceparent: formatTraceparent(trace),
    requestId: trace.traceId,
    peer: null,
    deadline: null,
    signal: NEVER_ABORTED,
  }
  try {
    const result = await storage.run(context, work)
    span?.end(false)
    return result
  } catch (error) {
    const failed = span ?? tracer?.failed('internal', name, trace, parent, startedAt)
    failed?.end(true)
    throw error
  }
}

const NEVER_ABORTED = new AbortController().signal
