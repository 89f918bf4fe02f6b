/** What is written down when a request to this workload is over: its series of metrics, its line of the access log, its server span. */
import type { InboundExchange } from '../inbound/inbound-exchange.ts'
import type { Recorder } from '../stack.ts'
import { VIA_UPSTREAM } from './access-line.ts'
import { blankEntry } from './entry.ts'
import { Peers } from './peers.ts'
import { endingServerSpan } from './server-span.ts'
import type { Telemetry } from './telemetry.ts'

export class InboundRecorder implements Recorder<InboundExchange> {
  readonly #telemetry: Telemetry
  readonly #peers: Peers
  readonly #entry = blankEntry('inbound')

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry
    this.#peers = new Peers(telemetry)
    this.#entry.tries = 1
  }

  ended(exchange: InboundExchange): void {
    const milliseconds = exchange.elapsed
    const { status, complete, bytesReceived, bytesSent } = exchange
    const flag = exchange.flag === null ? (complete ? '-' : 'DC') : exchange.flag.code
    const peer = this.#peers.of(exchange.peer)
    peer.family.of(status, flag).observe(milliseconds, bytesReceived, bytesSent)
    if (this.#telemetry.accessLog.enabled) {
      const entry = this.#entry
      entry.startedAt = exchange.startedAt
      entry.method = exchange.method
      entry.path = exchange.recordedPath
      entry.status = status
      entry.flag = flag
      entry.reason = reasonOf(exchange, complete)
      entry.bytesReceived = bytesReceived
      entry.bytesSent = bytesSent
      entry.milliseconds = milliseconds
      entry.place = peer.place(exchange.connection.servicePort)
      entry.requestId = exchange.requestId
      entry.traceId = exchange.trace === null ? '-' : exchange.trace.traceId
      entry.authority = exchange.authority
      this.#telemetry.accessLog.write(entry)
    }
    const broken = status >= 500 || status === 0
    if (exchange.span !== null || broken || flag !== '-') this.#span(exchange, status, flag, broken)
  }

  #span(exchange: InboundExchange, status: number, flag: string, broken: boolean): void {
    const span = endingServerSpan(exchange, this.#telemetry.tracer)
    if (span === null) return
    const { peer } = exchange
    span.attributes
      .set('http.request.method', exchange.method)
      .set('url.path', exchange.recordedPath)
      .set('server.address', this.#telemetry.self.host)
      .set('http.response.status_code', status)
      .set('mesh.peer.identity', peer?.spiffeId ?? '')
      .set('mesh.mtls', peer !== null)
      .set('mesh.response_flags', flag)
    this.#telemetry.tracer.tag(span, exchange)
    span.end(broken)
  }
}

function reasonOf({ reason, decision, auditedBy }: InboundExchange, complete: boolean): string {
  const why = reason ?? decision?.reason ?? (complete ? VIA_UPSTREAM : 'the caller went away')
  return auditedBy === null ? why : `${why}, audited by ${auditedBy}`
}
