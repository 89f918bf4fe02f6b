/**
 * The inbound end of the embedded placement: node's http.Server reads and writes HTTP, the stack decides, the application's listener answers. The server
 * never listens; it gets sockets whose TLS is done.
 */
import http from 'node:http'
import type { Duplex } from 'node:stream'
import { DEADLINE_HEADER, parseDeadline } from '@meshmart/mesh-policy'
import { protocolError } from '../answers.ts'
import { newRequestId } from '../exchange.ts'
import { InFlight } from '../in-flight.ts'
import { headError } from '../node-head.ts'
import { readerLanguage } from '../problem-catalogue.ts'
import { ProtocolErrors, type RecordRefusal } from '../protocol-errors.ts'
import type { Answer, Stack } from '../stack.ts'
import { beginServerSpan } from '../telemetry/server-span.ts'
import { incomingTrace, NodeFields } from '../telemetry/incoming-trace.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { EmbeddedInboundExchange } from './embedded-inbound-exchange.ts'

/** Above the 60 s after which our own outbound end closes idle connections. */
const KEEP_ALIVE_MS = 72_000
const HEADERS_TIMEOUT_MS = 15_000
const REQUEST_TIMEOUT_MS = 120_000

export class InboundServer {
  readonly http: http.Server
  readonly #stack: Stack<EmbeddedInboundExchange>
  readonly #tracer: Tracer
  readonly #instance: string
  readonly #errors: ProtocolErrors
  readonly #inFlight = new InFlight()

  /** @param record for what never becomes an exchange */
  constructor(stack: Stack<EmbeddedInboundExchange>, tracer: Tracer, instance: string, record: RecordRefusal) {
    this.#stack = stack
    this.#tracer = tracer
    this.#instance = instance
    this.http = http.createServer(
      {
        keepAliveTimeout: KEEP_ALIVE_MS,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        // Asked for by us, with an answer that says so.
        requireHostHeader: false,
      },
      (request, response) =>
        this.#serve(request, response, headError(request, readerLanguage(request.headers['accept-language']))),
    )
    this.http.on('checkExpectation', (request: http.IncomingMessage, response: http.ServerResponse) => {
      const language = readerLanguage(request.headers['accept-language'])
      const reason = 'an expectation other than 100-continue'
      this.#serve(request, response, protocolError(417, 'mesh-expectation-failed', reason, language))
    })
    this.#errors = new ProtocolErrors(this.http, record)
    // The timers against slow senders start with this event, and a server that never listens would never start them.
    this.http.emit('listening')
  }

  accept(socket: Duplex): void {
    this.http.emit('connection', socket)
  }

  get inFlight(): number {
    return this.#inFlight.count
  }

  /** Resolves when no request is in flight, at the latest after `limitMs`. @returns how many were left */
  async quiet(limitMs: number): Promise<number> {
    const left = await this.#inFlight.quiet(limitMs)
    this.http.closeIdleConnections()
    return left
  }

  /** Ends the timers. The server never listened, so that node's complaint about closing it says nothing. */
  close(): void {
    this.http.close(() => undefined)
    this.http.closeAllConnections()
  }

  /** A request that comes another way than by mTLS, from this process's own edge. */
  track(response: http.ServerResponse): void {
    this.#inFlight.begun()
    response.on('close', () => this.#inFlight.over())
  }

  /** @param refusal null where the head is well formed */
  #serve(request: http.IncomingMessage, response: http.ServerResponse, refusal: Answer | null): void {
    const exchange = new EmbeddedInboundExchange(request, response)
    const came = incomingTrace(new NodeFields(request.headers), this.#tracer)
    exchange.requestId = exchange.header('x-request-id') ?? newRequestId()
    exchange.deadline = parseDeadline(exchange.header(DEADLINE_HEADER), Date.now())
    beginServerSpan(exchange, request, came, this.#tracer)
    response.setHeader('x-mesh-instance', this.#instance)
    this.track(response)
    this.#errors.begun(exchange)
    response.on('close', () => {
      this.#errors.over(exchange)
      exchange.end()
    })
    if (refusal === null) this.#stack.start(exchange)
    else this.#stack.refuse(exchange, refusal)
  }
}
