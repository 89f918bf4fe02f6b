/**
 * One try at one endpoint: the pool's call and the client span of that try. It says how the try ended; whether there is another one is the retry layer's
 * business. Once it is abandoned, whatever still arrives is thrown away.
 *
 * One second go it makes itself: a connection that served before and breaks without a byte of an answer was most likely closed by the peer while it was idle
 * (the keep-alive race, Istio's most reported 503). Where repeating is safe the request leaves once more on a fresh connection, and nobody hears of it.
 */
import { RESPONSE_FLAGS, type Candidate, type ResponseFlag, type TryOutcome } from '@meshmart/mesh-policy'
import { overflow, problem } from '../answers.ts'
import type { ClientCall, ClientConnection, ClientFailure } from '../http1/client-call.ts'
import type { FieldLines } from '../http1/fields.ts'
import type { ResponseHead } from '../http1/heads.ts'
import { PROXY_STATUS, PROXY_STATUS_CODE, reportedBy, type AppError } from '../proxy-status.ts'
import type { UpstreamReply } from '../stack.ts'
import type { TraceContext } from '../telemetry/trace-context.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { recordClientSpan, type EndedTry } from './client-span.ts'
import type { ClusterRuntime } from './cluster-runtime.ts'
import { isEncrypted, type EndpointPool } from './endpoint-pool.ts'
import type { OutboundExchange } from './outbound-exchange.ts'
import type { BodyConsumer } from './request-body.ts'
import { requestHead } from './request-head.ts'
import { isKeepAliveRace, sendRequest } from './send-request.ts'

/** Of the response to a try that was given up: longer ones are cut off, shorter ones are read to keep the connection. */
const DISCARD_LIMIT = 64 * 1024

export class Attempt implements ClientCall, BodyConsumer, UpstreamReply, EndedTry {
  /** It is itself what goes back through the layers: nothing is made for that. */
  readonly kind = 'upstream'
  readonly method: string
  readonly exchange: OutboundExchange
  readonly cluster: ClusterRuntime
  readonly candidate: Candidate
  readonly trace: TraceContext | null
  readonly startedAtMonotonic: number
  readonly number: number
  response: ResponseHead | null
  readonly #pool: EndpointPool
  readonly #tracer: Tracer
  #connection: ClientConnection | null
  #raced: boolean
  #abandoned: boolean
  #over: boolean
  #discarded: number

  /** @param trace what the peer's span becomes a child of */
  constructor(
    exchange: OutboundExchange,
    cluster: ClusterRuntime,
    candidate: Candidate,
    tracer: Tracer,
    trace: TraceContext | null,
  ) {
    this.method = exchange.method
    this.exchange = exchange
    this.cluster = cluster
    this.candidate = candidate
    this.trace = trace
    this.startedAtMonotonic = performance.now()
    this.number = ++exchange.tries
    this.response = null
    this.#pool = cluster.poolOf(candidate)
    this.#tracer = tracer
    this.#connection = null
    this.#raced = false
    this.#abandoned = false
    this.#over = false
    this.#discarded = 0
    candidate.state.activeRequests++
    cluster.breakers.requestStarted()
  }

  get status(): number {
    return this.response === null ? 0 : this.response.status
  }

  get startedAt(): number {
    return performance.timeOrigin + this.startedAtMonotonic
  }

  send(): void {
    this.#pool.request(this, false)
  }

  /** Nobody waits for this try any more. */
  abandon(reason: string): void {
    if (this.#abandoned || this.#over) return
    this.#abandoned = true
    this.exchange.body?.release(this)
    this.#finish(reason)
    // With a response on its way the connection is worth more than the few bytes that are left.
    if (this.response === null) this.#cancel()
    else this.#connection?.resume()
  }

  /** Ends the connection too: the rest of the response is not wanted. */
  abort(reason: string): void {
    if (this.#over && !this.#abandoned) return
    this.abandon(reason)
    this.#cancel()
  }

  #cancel(): void {
    if (this.#connection === null) this.#pool.cancel(this)
    else this.#connection.abort()
    this.#connection = null
  }

  pause(): void {
    this.#connection?.pause()
  }
  resume(): void {
    this.#connection?.resume()
  }

  onConnection(connection: ClientConnection): void {
    this.#connection = connection
    sendRequest(connection, requestHead(this.exchange, this.trace), this.exchange.body, this)
  }

  onBody(chunk: Buffer): boolean {
    return this.#connection?.write(chunk) ?? false
  }
  holdsBody(): boolean {
    return this.#connection === null || this.#connection.holdsData
  }
  onBodyEnd(trailers: FieldLines | null): void {
    this.#connection?.end(trailers === null ? null : trailers.write())
  }
  onBodyFailure(error: Error): void {
    const exchange = this.exchange
    this.abort(error.message)
    exchange.breakOffBody(error)
  }
  onDrain(): void {
    if (!this.#abandoned) this.exchange.body?.resume()
  }

  onInformational(head: ResponseHead): void {
    // 100 is between the peer and us: the body is on its way already.
    if (!this.#abandoned && head.status !== 100) this.exchange.sink.informational(head)
  }

  onHead(head: ResponseHead): void {
    this.response = head
    if (this.#abandoned) return
    const error = head.status === PROXY_STATUS_CODE ? this.#reportedError(head) : null
    if (error !== null) {
      this.#failAtApplication(error)
      return
    }
    this.cluster.record(this.candidate, head.status)
    const exchange = this.exchange
    exchange.upstreamResponse = head
    exchange.outcome = this.#outcome('response', true)
    exchange.driver?.answer(exchange, this)
  }

  onData(chunk: Buffer): void {
    if (this.#abandoned) {
      this.#discarded += chunk.length
      if (this.#discarded > DISCARD_LIMIT) this.#cancel()
      return
    }
    this.exchange.bytesReceived += chunk.length
    if (!this.exchange.sink.data(chunk)) this.#connection?.pause()
  }

  holdsData(): boolean {
    return !this.#abandoned && this.exchange.sink.holdsData()
  }

  onEnd(trailers: FieldLines | null): void {
    this.#connection = null
    if (this.#abandoned) return
    this.#finish(null)
    this.exchange.sink.end(trailers)
    this.exchange.end()
  }

  onFailure(failure: ClientFailure): void {
    this.#connection = null
    if (this.#abandoned || this.#over) return
    const { kind, reason } = failure
    if (this.response !== null) this.#brokeOff(failure)
    else if (!this.#raced && isKeepAliveRace(failure, this.exchange)) {
      this.#raced = true
      // What comes of the body until there is a connection again is kept for it.
      this.exchange.body?.release(this)
      this.#pool.request(this, true)
    } else if (kind === 'overflow') {
      this.#end(reason, 'overflow', false)
      this.exchange.driver?.answer(this.exchange, overflow(`${this.cluster.cluster.name}: ${reason}`))
    } else if (kind === 'protocol') this.#fail(RESPONSE_FLAGS.UPE, 'protocol-error', reason, failure.sent)
    else if (kind === 'connect') this.#fail(RESPONSE_FLAGS.UF, 'connect-failure', reason, false)
    else this.#fail(RESPONSE_FLAGS.UC, 'reset', reason, failure.sent)
  }

  /** No answer within the time of one try. */
  timeOut(milliseconds: number): void {
    if (this.#abandoned || this.#over) return
    this.#fail(RESPONSE_FLAGS.UT, 'per-try-timeout', `no answer within ${milliseconds} ms`, this.#connection !== null)
  }

  /** What the sidecar process of a peer says of its application; only who has proven to be that peer is believed. */
  #reportedError({ fields }: ResponseHead): AppError | null {
    if (!isEncrypted(this.cluster.cluster, this.candidate)) return null
    return reportedBy(this.candidate.endpoint.instance, fields.get(PROXY_STATUS))
  }

  #failAtApplication(error: AppError): void {
    if (error === 'connection_refused')
      this.#fail(RESPONSE_FLAGS.UF, 'connect-failure', 'its application takes no connections', false)
    else this.#fail(RESPONSE_FLAGS.UC, 'reset', 'its application broke the connection without an answer', true)
  }

  #brokeOff({ kind, reason }: ClientFailure): void {
    const exchange = this.exchange
    exchange.flag = kind === 'protocol' ? RESPONSE_FLAGS.UPE : RESPONSE_FLAGS.UC
    exchange.reason = `the response broke off: ${reason}`
    this.#finish(reason)
    this.cluster.record(this.candidate, 0)
    exchange.sink.fail(new Error(exchange.reason))
    exchange.end()
  }

  /** Ends this try without a response and sends the failure back through the layers. */
  #fail(flag: ResponseFlag, kind: TryOutcome['kind'], reason: string, sent: boolean): void {
    const exchange = this.exchange
    this.#end(reason, kind, sent)
    this.cluster.record(this.candidate, 0)
    exchange.driver?.answer(exchange, problem(flag, `${this.candidate.endpoint.instance}: ${reason}`))
  }

  #end(reason: string, kind: TryOutcome['kind'], sent: boolean): void {
    this.abandon(reason)
    this.exchange.outcome = this.#outcome(kind, sent)
  }

  #outcome(kind: TryOutcome['kind'], requestSent: boolean): TryOutcome {
    const fields = this.response?.fields
    const grpcStatus = fields?.get('grpc-status')
    return {
      kind,
      status: this.status,
      grpcStatus: grpcStatus === undefined || grpcStatus === '' ? -1 : Number(grpcStatus),
      requestSent,
      rateLimited: fields?.get('x-envoy-ratelimited') !== undefined,
    }
  }

  #finish(failure: string | null): void {
    if (this.#over) return
    this.#over = true
    this.candidate.state.activeRequests--
    this.cluster.breakers.requestEnded()
    recordClientSpan(this.#tracer, this, failure)
  }
}
