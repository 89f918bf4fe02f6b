/**
 * The outbound end of the embedded placement: an undici Dispatcher, so that a plain `fetch('http://inventory/…')` goes through the mesh. It turns undici's
 * call into an exchange and the exchange's answer into undici's callbacks; it decides nothing.
 */
import { Dispatcher, errors } from 'undici'
import { DEADLINE_HEADER, parseDeadline } from '@meshmart/mesh-policy'
import { newRequestId } from '../exchange.ts'
import { FieldLines } from '../http1/fields.ts'
import type { Stack } from '../stack.ts'
import { activeContext, UNTRACED } from '../telemetry/context.ts'
import { incomingTrace } from '../telemetry/incoming-trace.ts'
import { newTraceId, type TraceContext } from '../telemetry/trace-context.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { HandlerSink } from './handler-sink.ts'
import { IterableSource, type ByteIterable } from './iterable-source.ts'
import { OutboundExchange } from './outbound-exchange.ts'
import { wholeBody, type RequestBody } from './request-body.ts'
import { endToEndFields, flattenFields } from './request-fields.ts'
import { removeOwnFields } from './request-head.ts'

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
    const sink = new HandlerSink(handler, options.method, this.#over)
    const exchange = this.#exchangeOf(options, sink)
    sink.exchange = exchange
    this.#open.add(exchange)
    handler.onRequestStart?.(sink, null)
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

  readonly #over = (exchange: OutboundExchange): void => void this.#open.delete(exchange)

  /** @throws InvalidArgumentError where it could not be written as HTTP */
  #exchangeOf(options: Dispatcher.DispatchOptions, sink: HandlerSink): OutboundExchange {
    const active = activeContext()
    const context = active === UNTRACED || active === undefined ? null : active
    const fields = fieldsOf(options)
    const target = targetOf(options)
    const authority = fields.get('host') ?? new URL(options.origin ?? '').host
    const exchange = new OutboundExchange(
      options.method,
      target,
      authority,
      fields,
      bodyOf(options.body, fields),
      sink,
      '',
    )
    exchange.context = context
    exchange.traced = active !== UNTRACED
    exchange.requestId = fields.get('x-request-id') ?? context?.requestId ?? newRequestId()
    const own = parseDeadline(fields.get(DEADLINE_HEADER), Date.now())
    exchange.deadline = own === null ? (context?.deadline ?? null) : Math.min(own, context?.deadline ?? own)
    exchange.trace = this.#traceOf(fields, context?.trace ?? null)
    removeOwnFields(fields)
    return exchange
  }

  #traceOf(fields: FieldLines, parent: TraceContext | null): TraceContext {
    const written = incomingTrace(fields, this.#tracer)
    if (written !== null) return written
    const baggage = fields.combined('baggage')
    if (parent !== null) return baggage === undefined ? parent : { ...parent, baggage }
    return {
      traceId: newTraceId(),
      spanId: '',
      sampled: this.#tracer.sample('client'),
      tracestate: null,
      baggage: baggage ?? null,
      random: true,
      parentSpanId: null,
    }
  }
}

function fieldsOf({ method, headers }: Dispatcher.DispatchOptions): FieldLines {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(method)) throw new errors.InvalidArgumentError('invalid request method')
  try {
    return FieldLines.of(endToEndFields(flattenFields(headers)))
  } catch (error) {
    throw new errors.InvalidArgumentError(error instanceof Error ? error.message : 'invalid headers')
  }
}

function targetOf(options: Dispatcher.DispatchOptions): string {
  const path = options.path.startsWith('/') ? options.path : `/${options.path}`
  if (/[^\x21-\x7e\x80-\xff]/.test(path)) throw new errors.InvalidArgumentError('invalid request path')
  if (options.query === undefined) return path
  const query = new URLSearchParams(
    Object.entries(options.query).map(([name, value]): [string, string] => [name, String(value)]),
  )
  return `${path}?${query.toString()}`
}

/** A body of known length says so, else it travels in chunks. */
function bodyOf(body: Dispatcher.DispatchOptions['body'], fields: FieldLines): RequestBody | null {
  const said = fields.get('content-length')
  if (body === null || body === undefined || said === '0') return null
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  if (bytes instanceof Uint8Array) {
    if (bytes.length === 0) return null
    if (said !== undefined && said !== String(bytes.length)) throw new errors.RequestContentLengthMismatchError()
    if (said === undefined) fields.add('content-length', String(bytes.length))
    return wholeBody(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  }
  if (!isByteIterable(bytes))
    throw new errors.NotSupportedError(
      'this kind of request body does not go through the mesh: send bytes, a string or a stream',
    )
  if (said !== undefined && !/^[0-9]{1,15}$/.test(said)) throw new errors.InvalidArgumentError('invalid content-length')
  return new IterableSource(bytes, said === undefined ? -1 : Number(said)).body
}

function isByteIterable(body: object): body is ByteIterable {
  return Symbol.asyncIterator in body || (Symbol.iterator in body && !('append' in body))
}
