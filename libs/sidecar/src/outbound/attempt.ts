/**
 * One try at one endpoint: undici's handler and the client span of that try. It says how the try ended; whether there is another one is the retry layer's
 * business. Once it is abandoned, whatever still arrives is thrown away.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { RESPONSE_FLAGS, type Candidate, type TryOutcome } from '@meshmart/mesh-policy'
import { problem } from '../answers.ts'
import { reasonOf } from '../log.ts'
import type { Span } from '../telemetry/tracer.ts'
import type { ClusterRuntime } from './cluster-runtime.ts'
import type { ConnectionAware, PooledConnection } from './endpoint-pool.ts'
import type { OutboundExchange } from './outbound-exchange.ts'

export interface UpstreamResponse {
  readonly status: number
  readonly statusMessage: string
  readonly headers: IncomingHttpHeaders
  /** As they came: what the edge and undici's fetch read. */
  readonly rawHeaders: Dispatcher.DispatchController['rawHeaders']
  trailers: IncomingHttpHeaders
  rawTrailers: Dispatcher.DispatchController['rawTrailers']
}

/** Of the response to a try that was given up: longer ones are cut off, shorter ones are read to keep the connection. */
const DISCARD_LIMIT = 64 * 1024

export class Attempt implements Dispatcher.DispatchHandler, ConnectionAware {
  readonly candidate: Candidate
  response: UpstreamResponse | null = null
  readonly #exchange: OutboundExchange
  readonly #cluster: ClusterRuntime
  readonly #span: Span | null
  #controller: Dispatcher.DispatchController | null = null
  #connection: PooledConnection | null = null
  #requestSent = false
  #reused = false
  #abandoned = false
  #over = false
  #discarded = 0

  constructor(exchange: OutboundExchange, cluster: ClusterRuntime, candidate: Candidate, span: Span | null) {
    this.#exchange = exchange
    this.#cluster = cluster
    this.candidate = candidate
    this.#span = span
    candidate.state.activeRequests++
  }

  /** Nobody waits for this try any more. */
  abandon(reason: string): void {
    if (this.#abandoned || this.#over) return
    this.#abandoned = true
    this.#finish(this.response?.status ?? 0, reason)
    // With a response on its way the connection is worth more than the few bytes that are left.
    if (this.response === null) this.#controller?.abort(new Error(reason))
    else this.#controller?.resume()
  }

  /** Ends the connection too: the rest of the response is not wanted. */
  abort(reason: string): void {
    this.abandon(reason)
    this.#controller?.abort(new Error(reason))
  }

  pause(): void {
    this.#controller?.pause()
  }
  resume(): void {
    this.#controller?.resume()
  }

  carriedBy(connection: PooledConnection): void {
    this.#connection = connection
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#abandoned) {
      controller.abort(new Error('the try was given up before it was sent'))
      return
    }
    this.#requestSent = true
    this.#reused = (this.#connection?.served ?? 0) > 0
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    statusMessage = '',
  ): void {
    // 1xx is between the peer and us.
    if (status < 200) return
    this.response = {
      status,
      statusMessage,
      headers,
      rawHeaders: controller.rawHeaders ?? null,
      trailers: {},
      rawTrailers: null,
    }
    if (this.#abandoned) return
    this.#cluster.record(this.candidate, status)
    const exchange = this.#exchange
    exchange.outcome = this.#outcome('response', status)
    exchange.driver?.answer(exchange, { kind: 'upstream', status })
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#abandoned) {
      this.#discarded += chunk.length
      if (this.#discarded > DISCARD_LIMIT) controller.abort(new Error('the rest of a response that nobody waits for'))
      return
    }
    this.#exchange.bytesReceived += chunk.length
    if (!this.#exchange.sink.data(chunk)) controller.pause()
  }

  onResponseEnd(controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    if (this.#connection !== null) this.#connection.served++
    if (this.#abandoned || this.response === null) return
    this.response.trailers = trailers
    this.response.rawTrailers = controller.rawTrailers ?? null
    this.#finish(this.response.status, null)
    this.#exchange.sink.end(this.response)
    this.#exchange.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#abandoned || this.#over) return
    const exchange = this.#exchange
    const reason = reasonOf(error)
    if (this.response !== null) {
      exchange.flag = RESPONSE_FLAGS.UC
      exchange.reason = `the response broke off: ${reason}`
      this.#finish(this.response.status, reason)
      this.#cluster.record(this.candidate, 0)
      exchange.sink.fail(error)
      exchange.end()
      return
    }
    // A connection that served before and breaks without an answer was closed while it was idle: as if it had never been made,
    // but for the bytes, which may have been read; therefore still only for what may be repeated.
    const kind = this.#requestSent && !this.#reused ? 'reset' : 'connect-failure'
    this.fail(this.#requestSent ? RESPONSE_FLAGS.UC : RESPONSE_FLAGS.UF, kind, reason)
  }

  /** Ends this try without a response and sends the failure back through the layers. */
  fail(flag: (typeof RESPONSE_FLAGS)['UF' | 'UC' | 'UT'], kind: TryOutcome['kind'], reason: string): void {
    const exchange = this.#exchange
    this.abandon(reason)
    this.#cluster.record(this.candidate, 0)
    exchange.outcome = this.#outcome(kind, 0)
    exchange.driver?.answer(exchange, problem(flag, `${this.candidate.endpoint.instance}: ${reason}`))
  }

  #outcome(kind: TryOutcome['kind'], status: number): TryOutcome {
    const grpcStatus = this.response?.headers['grpc-status']
    return {
      kind,
      status,
      grpcStatus: typeof grpcStatus === 'string' && grpcStatus !== '' ? Number(grpcStatus) : -1,
      requestSent: this.#requestSent,
    }
  }

  #finish(status: number, failure: string | null): void {
    if (this.#over) return
    this.#over = true
    this.candidate.state.activeRequests--
    const span = this.#span
    if (span === null) return
    const { attributes } = span
    if (status > 0) attributes.set('http.response.status_code', status)
    const instance = this.response?.headers['x-mesh-instance']
    if (typeof instance === 'string') attributes.set('mesh.peer.instance', instance)
    if (failure !== null) attributes.set('error.message', failure)
    if (this.#exchange.flag !== null) attributes.set('mesh.response_flags', this.#exchange.flag.code)
    span.end(failure !== null || status >= 500)
  }
}
