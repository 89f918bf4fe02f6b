/** What is written down when a request from outside is over: as of any outbound one, and the end of the server span that the edge began. */
import type { IngressExchange } from '../ingress/ingress-exchange.ts'
import type { Recorder } from '../stack.ts'
import { OutboundRecorder } from './outbound-recorder.ts'
import { endingServerSpan } from './server-span.ts'
import type { Telemetry } from './telemetry.ts'

export class IngressRecorder implements Recorder<IngressExchange> {
  readonly #outbound: OutboundRecorder
  readonly #telemetry: Telemetry

  constructor(telemetry: Telemetry) {
    this.#outbound = new OutboundRecorder(telemetry, 'ingress')
    this.#telemetry = telemetry
  }

  ended(exchange: IngressExchange): void {
    const { self, tracer } = this.#telemetry
    if (exchange.response.headersSent) exchange.status = exchange.response.statusCode
    this.#outbound.ended(exchange)
    const { status, flag } = exchange
    const broken = status >= 500 || status === 0
    if (exchange.span === null && !broken && flag === null) return
    const span = endingServerSpan(exchange, tracer ?? null)
    if (span === null) return
    span.attributes
      .set('http.request.method', exchange.method)
      .set('url.path', exchange.recordedPath)
      .set('server.address', exchange.authority)
      .set('http.response.status_code', status)
      .set('mesh.peer.identity', '')
      .set('mesh.peer.instance', '')
      .set('mesh.mtls', false)
      .set('mesh.route', exchange.route?.name ?? '')
      .set('mesh.cluster', exchange.cluster?.cluster.name ?? self.host)
      .set('mesh.response_flags', flag?.code ?? '-')
    tracer.tag(span, exchange)
    span.end(broken)
  }
}
