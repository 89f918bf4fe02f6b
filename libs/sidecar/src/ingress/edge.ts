/** The public end: an HTTP server that turns what comes from outside into exchanges. It decides nothing; it only refuses to believe. */
import http from 'node:http'
import type { Duplex } from 'node:stream'
import { protocolError } from '../answers.ts'
import { newRequestId } from '../exchange.ts'
import { headError } from '../node-head.ts'
import { ProtocolErrors, type RecordRefusal } from '../protocol-errors.ts'
import type { Answer, Stack } from '../stack.ts'
import { beginServerSpan } from '../telemetry/server-span.ts'
import { incomingTrace, NodeFields } from '../telemetry/incoming-trace.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { acceptAbsoluteForm } from './absolute-form.ts'
import { IngressExchange } from './ingress-exchange.ts'
import { listen, type PublicPort } from './listen.ts'
import { BrowserSink } from './response-sink.ts'
import { sanitise } from './sanitise.ts'
import { forwardedBy } from './trusted-proxies.ts'

const KEEP_ALIVE_MS = 65_000
const HEADERS_TIMEOUT_MS = 15_000
const REQUEST_TIMEOUT_MS = 120_000

export class Edge {
  readonly #server: http.Server
  readonly #stack: Stack<IngressExchange>
  readonly #tracer: Tracer
  readonly #track: (response: http.ServerResponse) => void
  readonly #errors: ProtocolErrors
  readonly #trustedProxies: () => number
  #draining = false

  /**
   * @param track counts a request as in flight until its response is closed
   * @param record for what never becomes an exchange
   * @param trustedProxies how many before this one are believed
   */
  constructor(
    stack: Stack<IngressExchange>,
    tracer: Tracer,
    track: (response: http.ServerResponse) => void,
    record: RecordRefusal,
    trustedProxies: () => number,
  ) {
    this.#trustedProxies = trustedProxies
    this.#stack = stack
    this.#tracer = tracer
    this.#track = track
    this.#server = http.createServer(
      {
        keepAliveTimeout: KEEP_ALIVE_MS,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        // Asked for by us, with an answer that says so.
        requireHostHeader: false,
      },
      (request, response) => this.#serve(request, response, refusalOf(request)),
    )
    this.#server.on('checkExpectation', (request: http.IncomingMessage, response: http.ServerResponse) =>
      this.#serve(request, response, unmetExpectation()),
    )
    this.#errors = new ProtocolErrors(this.#server, record)
  }

  /** @throws Error that names address, port and setting where the port is taken. @returns the port */
  listen(port: PublicPort): Promise<number> {
    return listen(this.#server, port, 'PUBLIC_PORT')
  }

  /** A connection whose TLS is done. */
  accept(socket: Duplex): void {
    this.#server.emit('connection', socket)
  }

  /** No new connections; open ones end with their next response. */
  stop(): void {
    this.#draining = true
    if (this.#server.listening) this.#server.close()
    this.#server.closeIdleConnections()
  }

  destroy(): void {
    this.stop()
    this.#server.closeAllConnections()
  }

  /** @param refusal null where the head is well formed */
  #serve(request: http.IncomingMessage, response: http.ServerResponse, refusal: Answer | null): void {
    if (this.#draining) response.shouldKeepAlive = false
    const requestId = newRequestId()
    const { headers } = request
    const forwardedFor = headers['x-forwarded-for']
    const forwarded = forwardedBy(
      this.#trustedProxies(),
      Array.isArray(forwardedFor) ? forwardedFor.join(',') : forwardedFor,
      headers['x-forwarded-proto']?.toString(),
    )
    const fields = sanitise(request, requestId, forwarded)
    const sink = new BrowserSink(response)
    const came = incomingTrace(new NodeFields(request.headers), this.#tracer)
    const exchange = new IngressExchange(request, response, fields, sink, forwarded)
    sink.exchange = exchange
    exchange.requestId = requestId
    beginServerSpan(exchange, request, came, this.#tracer)
    response.setHeader('x-request-id', requestId)
    this.#track(response)
    this.#errors.begun(exchange)
    response.on('close', () => {
      this.#errors.over(exchange)
      if (response.writableFinished) exchange.end()
      else exchange.cancel('the caller went away')
    })
    if (refusal === null) this.#stack.start(exchange)
    else this.#stack.refuse(exchange, refusal)
  }
}

function refusalOf(request: http.IncomingMessage): Answer | null {
  const refusal = headError(request, 'en')
  if (refusal !== null) return refusal
  const reason = acceptAbsoluteForm(request)
  return reason === null ? null : protocolError(400, 'mesh-host', reason, 'en')
}

function unmetExpectation(): Answer {
  return protocolError(417, 'mesh-expectation-failed', 'an expectation other than 100-continue', 'en')
}
