/**
 * The application's way out in the process placement: an undici Dispatcher, so that a plain `fetch('http://inventory/…')` goes to the sidecar process with the
 * host it was meant for. What the process cannot know is written here: in which trace, for which request and until when the calling code works.
 */
import { DEADLINE_HEADER, formatDeadline, parseDeadline } from '@meshmart/mesh-policy'
import { Dispatcher, errors, Pool } from 'undici'
import { FieldLines } from '../http1/fields.ts'
import { endToEndFields, flattenFields } from '../outbound/request-fields.ts'
import { activeContext, UNTRACED, type ActiveContext } from '../telemetry/context.ts'
import { incomingTrace } from '../telemetry/incoming-trace.ts'
import { formatTraceparent, newSpanId, newTraceId, TRACE_FIELDS } from '../telemetry/trace-context.ts'

/** It is on this machine: either it listens, or it does not. */
const CONNECT_MS = 2000
/** Far below the hour that the process leaves an idle connection open, so that none is closed under a request. */
const IDLE_MS = 60_000
/** A trace that goes on is named already, whatever its sampling. */
const UNDECIDED = { sample: (): boolean => false }

export class RemoteDispatcher extends Dispatcher {
  readonly #origin: string
  readonly #pool: Pool

  /** @param port of the sidecar process's outbound listener on loopback */
  constructor(port: number) {
    super()
    this.#origin = `http://127.0.0.1:${port}`
    // How long an answer may take is the route's matter, and the route is the process's.
    const patience = { headersTimeout: 0, bodyTimeout: 0 }
    this.#pool = new Pool(this.#origin, { ...patience, connect: { timeout: CONNECT_MS }, keepAliveTimeout: IDLE_MS })
  }

  /** @throws InvalidArgumentError where it could not be written as HTTP; NotSupportedError for upgrades, as in the embedded placement */
  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (options.upgrade) throw new errors.NotSupportedError('upgrades do not go through the mesh')
    const fields = fieldsOf(options)
    if (fields.get('host') === undefined) fields.set('host', new URL(options.origin ?? '').host)
    describeCaller(fields, activeContext())
    const headers: string[] = []
    fields.forEach((name, value) => headers.push(name, value))
    return this.#pool.dispatch({ ...options, origin: this.#origin, headers }, handler)
  }

  override close(callback?: () => void): Promise<void> {
    return settled(this.#pool.close(), callback)
  }

  override destroy(error?: Error | null | (() => void), callback?: () => void): Promise<void> {
    const reason = error instanceof Error ? error : new errors.ClientDestroyedError()
    return settled(this.#pool.destroy(reason), typeof error === 'function' ? error : callback)
  }
}

async function settled(work: Promise<void>, callback: (() => void) | undefined): Promise<void> {
  await work
  callback?.()
}

function fieldsOf({ headers }: Dispatcher.DispatchOptions): FieldLines {
  try {
    return FieldLines.of(endToEndFields(flattenFields(headers)))
  } catch (error) {
    throw new errors.InvalidArgumentError(error instanceof Error ? error.message : 'invalid headers')
  }
}

/** What the application wrote itself goes before what is known of it; a deadline is only ever made shorter. */
function describeCaller(fields: FieldLines, active: ActiveContext | typeof UNTRACED | undefined): void {
  if (active === undefined) return
  if (active === UNTRACED) {
    for (const name of TRACE_FIELDS) fields.remove(name)
    fields.set('traceparent', formatTraceparent({ traceId: newTraceId(), spanId: newSpanId(), sampled: false }))
    return
  }
  describeTrace(fields, active)
  if (fields.get('x-request-id') === undefined) fields.set('x-request-id', active.requestId)
  const now = Date.now()
  const own = parseDeadline(fields.get(DEADLINE_HEADER), now)
  const deadline = own === null ? active.deadline : Math.min(own, active.deadline ?? own)
  if (deadline !== null) fields.set(DEADLINE_HEADER, formatDeadline(deadline, now))
}

function describeTrace(fields: FieldLines, { trace }: ActiveContext): void {
  if (incomingTrace(fields, UNDECIDED) !== null) return
  const baggage = fields.combined('baggage') ?? trace.baggage
  for (const name of TRACE_FIELDS) fields.remove(name)
  fields.set('traceparent', formatTraceparent(trace))
  if (trace.tracestate !== null) fields.set('tracestate', trace.tracestate)
  if (baggage !== null) fields.set('baggage', baggage)
}
