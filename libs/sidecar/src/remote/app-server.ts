/**
 * The application's own server in the process placement: plain HTTP on loopback, where the sidecar process passes on what it has let in. Each request is put
 * into its context, so that a handler reads the same of it as in the embedded placement. Whoever may connect to loopback is believed, as with every sidecar
 * that is a process: what keeps others away is the machine (or the pod) itself.
 */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { DEADLINE_HEADER, parseDeadline } from '@meshmart/mesh-policy'
import { newRequestId } from '../exchange.ts'
import { InFlight } from '../in-flight.ts'
import { removeField } from '../inbound/request-fields.ts'
import { ServedRequest } from '../inbound/served-request.ts'
import { CLIENT_CERT_HEADER } from '../process/app-request-head.ts'
import { runInContext } from '../telemetry/context.ts'
import { incomingTrace, NodeFields } from '../telemetry/incoming-trace.ts'
import { newSpanId, newTraceId, type TraceContext } from '../telemetry/trace-context.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { principalInClientCert } from './client-certificate.ts'

/** Above what the sidecar lets through (60 KiB) and adds: it decides what is too large. */
const MAX_HEAD_BYTES = 80 * 1024
/** Above the 4 s after which the sidecar closes idle connections itself, so that none is closed under a request. */
const KEEP_ALIVE_MS = 60_000

export class AppServer {
  readonly http: http.Server
  readonly #listener: http.RequestListener
  readonly #tracer: Tracer
  readonly #inFlight = new InFlight()

  constructor(listener: http.RequestListener, tracer: Tracer) {
    this.#listener = listener
    this.#tracer = tracer
    const options = { keepAliveTimeout: KEEP_ALIVE_MS, maxHeaderSize: MAX_HEAD_BYTES }
    this.http = http.createServer(options, (request, response) => this.#serve(request, response))
  }

  /** @throws Error that names the setting where the port is taken. @returns the port */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.http.once('error', (error) => {
        const problem = `settings: MESH_APP_PORT: cannot listen on 127.0.0.1:${port}: ${error.message}`
        reject(new Error(problem, { cause: error }))
      })
      this.http.listen(port, '127.0.0.1', () => resolve((this.http.address() as AddressInfo).port))
    })
  }

  /** No new connections; resolves when no request is in flight, at the latest after `limitMs`. @returns how many were left */
  drain(limitMs: number): Promise<number> {
    if (this.http.listening) this.http.close()
    return this.#inFlight.quiet(limitMs)
  }

  destroy(): void {
    if (this.http.listening) this.http.close()
    this.http.closeAllConnections()
  }

  #serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    this.#inFlight.begun()
    response.once('close', () => this.#inFlight.over())
    const peer = principalInClientCert(single(request.headers[CLIENT_CERT_HEADER]))
    removeField(request, CLIENT_CERT_HEADER)
    const known = {
      requestId: single(request.headers['x-request-id']) ?? newRequestId(),
      deadline: parseDeadline(single(request.headers[DEADLINE_HEADER]), Date.now()),
    }
    const trace = incomingTrace(new NodeFields(request.headers), this.#tracer) ?? newTrace(this.#tracer)
    const context = new ServedRequest(known, trace, peer, response)
    runInContext(context, () => this.#listener(request, response))
  }
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'object' ? value[0] : value
}

/** The sidecar names one always; a request that came past it has none. */
function newTrace(tracer: Tracer): TraceContext {
  return { traceId: newTraceId(), spanId: newSpanId(), sampled: tracer.sample(), tracestate: null, baggage: null }
}
