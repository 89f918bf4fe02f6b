/**
 * The outbound end of the embedded placement: an undici Dispatcher, so that a plain `fetch('http://inventory/…')` goes through the mesh. It turns undici's
 * call into an exchange and the exchange's answer into undici's callbacks; it decides nothing.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { Dispatcher, errors } from 'undici'
import { DEADLINE_HEADER, parseDeadline } from '@meshmart/mesh-policy'
import { newRequestId } from '../exchange.ts'
import type { Answer, Stack } from '../stack.ts'
import { activeContext, UNTRACED } from '../telemetry/context.ts'
import { newTraceId, parseTraceContext, type TraceContext } from '../telemetry/trace-context.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import type { UpstreamResponse } from './attempt.ts'
import { OutboundExchange, type ResponseSink } from './outbound-exchange.ts'
import { ReplayableBody, type BodySource } from './replayable-body.ts'
import { endToEndFields, fieldValue, filterFields, flattenFields } from './request-fields.ts'

/** The mesh writes these itself. */
export const OWN_FIELDS: ReadonlySet<string> = new Set([
  'host',
  'x-request-id',
  'traceparent',
  'tracestate',
  'baggage',
  DEADLINE_HEADER,
])

export class MeshDispatcher extends Dispatcher {
  readonly #stack: Stack<OutboundExchange>
  readonly #tracer: Tracer
  readonly #open = new Set<OutboundExchange>()
  #closed = false

  constructor(stack: Stack<OutboundExchange>, tracer: Tracer) {
    super()
    this.#stack = stack
    this.#tracer = tracer
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (this.#closed) throw new errors.ClientClosedError()
    if (options.upgrade) throw new errors.NotSupportedError('upgrades do not go through the mesh')
    const exchange = this.#exchangeOf(options, handler)
    this.#open.add(exchange)
    handler.onRequestStart?.(exchange.sink as HandlerSink, null)
    if (!exchange.ended) this.#stack.start(exchange)
    return true
  }

  override close(callback?: () => void): Promise<void> {
    this.#closed = true
    if (callback !== undefined) queueMicrotask(callback)
    return Promise.resolve()
  }

  override destroy(error?: Error | null | (() => void), callback?: () => void): Promise<void> {
    this.#closed = true
    const reason = error instanceof Error ? error : new errors.ClientDestroyedError()
    for (const exchange of this.#open) (exchange.sink as HandlerSink).abort(reason)
    const done = typeof error === 'function' ? error : callback
    if (done !== undefined) queueMicrotask(done)
    return Promise.resolve()
  }

  #exchangeOf(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): OutboundExchange {
    const active = activeContext()
    const context = active === UNTRACED || active === undefined ? null : active
    const fields = endToEndFields(flattenFields(options.headers))
    const authority = fieldValue(fields, 'host') ?? new URL(options.origin ?? '').host
    const body = bodyOf(options.body, fields)
    const sink = new HandlerSink(handler, options.method, (exchange) => this.#open.delete(exchange))
    const exchange = new OutboundExchange({
      method: options.method,
      target: targetOf(options),
      authority,
      fields: filterFields(fields, (name) => !OWN_FIELDS.has(name)),
      body,
      sink,
      context,
      traced: active !== UNTRACED,
    })
    sink.exchange = exchange
    exchange.requestId = fieldValue(fields, 'x-request-id') ?? context?.requestId ?? newRequestId()
    const own = parseDeadline(fieldValue(fields, DEADLINE_HEADER), Date.now())
    exchange.deadline = own === null ? (context?.deadline ?? null) : Math.min(own, context?.deadline ?? own)
    exchange.trace = this.#traceOf(fields, context?.trace ?? null)
    return exchange
  }

  #traceOf(fields: readonly string[], parent: TraceContext | null): TraceContext {
    const baggage = fieldValue(fields, 'baggage')
    const written = parseTraceContext(fieldValue(fields, 'traceparent'), fieldValue(fields, 'tracestate'), baggage)
    if (written !== null) return written
    if (parent !== null) return baggage === undefined ? parent : { ...parent, baggage }
    return {
      traceId: newTraceId(),
      spanId: '',
      sampled: this.#tracer.sample(),
      tracestate: null,
      baggage: baggage ?? null,
    }
  }
}

/** Writes a response into undici's handler, and is the controller that the handler holds. */
class HandlerSink implements ResponseSink, Dispatcher.DispatchController {
  exchange: OutboundExchange | null = null
  aborted = false
  paused = false
  reason: Error | null = null
  rawHeaders: NonNullable<Dispatcher.DispatchController['rawHeaders']> | null = null
  rawTrailers: NonNullable<Dispatcher.DispatchController['rawTrailers']> | null = null
  readonly #handler: Dispatcher.DispatchHandler
  readonly #method: string
  readonly #over: (exchange: OutboundExchange) => void

  constructor(handler: Dispatcher.DispatchHandler, method: string, over: (exchange: OutboundExchange) => void) {
    this.#handler = handler
    this.#method = method
    this.#over = over
  }

  abort(reason: Error): void {
    if (this.aborted || this.exchange === null || this.exchange.ended) return
    this.aborted = true
    this.reason = reason
    this.exchange.cancel('the caller gave up')
    this.#done()
    this.#handler.onResponseError?.(this, reason)
  }
  pause(): void {
    this.paused = true
  }
  resume(): void {
    if (!this.paused) return
    this.paused = false
    this.exchange?.attempt?.resume()
  }

  start(response: UpstreamResponse): void {
    this.rawHeaders = response.rawHeaders ?? null
    this.#handler.onResponseStarted?.()
    this.#handler.onResponseStart?.(this, response.status, response.headers, response.statusMessage)
  }
  data(chunk: Buffer): boolean {
    this.#handler.onResponseData?.(this, chunk)
    return !this.paused
  }
  end(response: UpstreamResponse): void {
    this.rawTrailers = response.rawTrailers ?? null
    this.#done()
    this.#handler.onResponseEnd?.(this, response.trailers)
  }
  answer(answer: Answer): void {
    const headers: IncomingHttpHeaders = { ...answer.headers }
    this.rawHeaders = Object.entries(answer.headers).flat()
    this.#done()
    this.#handler.onResponseStarted?.()
    this.#handler.onResponseStart?.(this, answer.status, headers, '')
    if (this.#method !== 'HEAD' && answer.body !== '') this.#handler.onResponseData?.(this, Buffer.from(answer.body))
    this.#handler.onResponseEnd?.(this, {})
  }
  fail(error: Error): void {
    this.#done()
    this.#handler.onResponseError?.(this, error)
  }

  #done(): void {
    if (this.exchange !== null) this.#over(this.exchange)
  }
}

function targetOf(options: Dispatcher.DispatchOptions): string {
  const path = options.path.startsWith('/') ? options.path : `/${options.path}`
  if (options.query === undefined) return path
  const query = new URLSearchParams(
    Object.entries(options.query).map(([name, value]): [string, string] => [name, String(value)]),
  )
  return `${path}?${query.toString()}`
}

/** A body of known length says so, else it would travel in chunks. */
function bodyOf(body: Dispatcher.DispatchOptions['body'], fields: string[]): ReplayableBody | null {
  if (body === null || body === undefined || fieldValue(fields, 'content-length') === '0') return null
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  if (!(bytes instanceof Uint8Array)) {
    if (isBodySource(bytes)) return new ReplayableBody(bytes)
    throw new errors.NotSupportedError(
      'this kind of request body does not go through the mesh: send bytes, a string or a stream',
    )
  }
  if (bytes.length === 0) return null
  if (fieldValue(fields, 'content-length') === undefined) fields.push('content-length', String(bytes.length))
  return new ReplayableBody([bytes])
}

function isBodySource(body: object): body is BodySource {
  return Symbol.asyncIterator in body || (Symbol.iterator in body && !('append' in body))
}
