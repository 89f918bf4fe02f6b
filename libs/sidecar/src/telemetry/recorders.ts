/** What is written down when a request is over: one series of metrics, one line of the access log, the end of the server span. */
import type { Route } from '@meshmart/mesh-policy'
import { serviceOf } from '../discovery/host-names.ts'
import type { InboundExchange } from '../inbound/inbound-exchange.ts'
import type { IngressExchange } from '../ingress/ingress-exchange.ts'
import { isEncrypted } from '../outbound/endpoint-pool.ts'
import type { OutboundExchange } from '../outbound/outbound-exchange.ts'
import type { Recorder } from '../stack.ts'
import type { AccessLog } from './access-log.ts'
import type { RequestMetrics } from './metrics.ts'

export interface Telemetry {
  readonly metrics: RequestMetrics
  readonly accessLog: AccessLog
  readonly self: {
    readonly workload: string
    readonly namespace: string
    readonly principal: string
    readonly host: string
  }
}

/** As an operator looks for it: the resource and its route; `default` where no resource speaks. */
function routeWords(route: Route | null): string {
  if (route === null) return '-'
  return route.source === 'default' ? 'default' : `${route.source} ${route.name}`
}

export class OutboundRecorder implements Recorder<OutboundExchange> {
  readonly #telemetry: Telemetry
  readonly #direction: 'outbound' | 'ingress'

  constructor(telemetry: Telemetry, direction: 'outbound' | 'ingress' = 'outbound') {
    this.#telemetry = telemetry
    this.#direction = direction
  }

  ended(exchange: OutboundExchange): void {
    const { self, metrics, accessLog } = this.#telemetry
    const { cluster, candidate } = exchange
    const host = cluster?.cluster.host ?? exchange.authority
    const service = serviceOf(host)
    const encrypted = cluster !== null && candidate !== null && isEncrypted(cluster.cluster, candidate)
    const principal = encrypted ? candidate.endpoint.identity : ''
    metrics.record(
      {
        reporter: 'source',
        sourceWorkload: self.workload,
        sourceNamespace: self.namespace,
        sourcePrincipal: encrypted ? `spiffe://${self.principal}` : 'unknown',
        destinationWorkload: cluster === null ? 'unknown' : service.name,
        // Unknown hosts share one series: a caller must not be able to make labels.
        destinationService: cluster === null ? 'BlackHoleCluster' : host,
        destinationServiceName: cluster === null ? 'BlackHoleCluster' : service.name,
        destinationNamespace: cluster === null ? 'unknown' : service.namespace,
        destinationPrincipal: principal === '' ? 'unknown' : principal,
        responseCode: exchange.status,
        responseFlags: exchange.flag?.code ?? '-',
        securityPolicy: 'unknown',
      },
      exchange.elapsed,
    )
    accessLog.write({
      direction: this.#direction,
      method: exchange.method,
      path: exchange.path,
      status: exchange.status,
      flag: exchange.flag?.code ?? '-',
      reason: exchange.reason ?? 'via_upstream',
      bytesReceived: exchange.bytesReceived,
      bytesSent: exchange.bytesSent,
      milliseconds: exchange.elapsed,
      tries: exchange.tries,
      peer: principal,
      upstream:
        candidate === null ? '-' : `${candidate.endpoint.instance} ${candidate.endpoint.address}:${candidate.port}`,
      cluster: cluster?.cluster.name ?? '-',
      route: routeWords(exchange.route),
      requestId: exchange.requestId,
      traceId: exchange.trace?.traceId ?? '-',
      authority: exchange.authority,
    })
  }
}

export class InboundRecorder implements Recorder<InboundExchange> {
  readonly #telemetry: Telemetry

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry
  }

  ended(exchange: InboundExchange): void {
    const { self, metrics, accessLog } = this.#telemetry
    const { response, peer, span } = exchange
    const finished = response.writableFinished
    const status = response.headersSent ? response.statusCode : 0
    const flag = exchange.flag?.code ?? (finished ? '-' : 'DC')
    metrics.record(
      {
        reporter: 'destination',
        sourceWorkload: peer?.account ?? 'unknown',
        sourceNamespace: peer?.namespace ?? 'unknown',
        sourcePrincipal: peer?.spiffeId ?? 'unknown',
        destinationWorkload: self.workload,
        destinationService: self.host,
        destinationServiceName: self.workload,
        destinationNamespace: self.namespace,
        destinationPrincipal: `spiffe://${self.principal}`,
        responseCode: status,
        responseFlags: flag,
        securityPolicy: peer === null ? 'none' : 'mutual_tls',
      },
      exchange.elapsed,
    )
    accessLog.write({
      direction: 'inbound',
      method: exchange.method,
      path: exchange.path,
      status,
      flag,
      reason: exchange.reason ?? exchange.decision?.reason ?? (finished ? 'via_upstream' : 'the caller went away'),
      bytesReceived: Number(exchange.header('content-length') ?? 0),
      bytesSent: Number(response.getHeader('content-length') ?? 0),
      milliseconds: exchange.elapsed,
      tries: 1,
      peer: peer?.spiffeId ?? '-',
      upstream: '-',
      cluster: `inbound|80||${self.host}`,
      route: 'default',
      requestId: exchange.requestId,
      traceId: exchange.trace?.traceId ?? '-',
      authority: exchange.authority,
    })
    if (span === null) return
    span.attributes
      .set('http.request.method', exchange.method)
      .set('url.path', exchange.path)
      .set('server.address', self.host)
      .set('http.response.status_code', status)
      .set('mesh.peer.identity', peer?.spiffeId ?? '')
      .set('mesh.mtls', peer !== null)
      .set('mesh.response_flags', flag)
    span.end(status >= 500 || status === 0)
  }
}

export class IngressRecorder implements Recorder<IngressExchange> {
  readonly #outbound: OutboundRecorder
  readonly #self: Telemetry['self']

  constructor(telemetry: Telemetry) {
    this.#outbound = new OutboundRecorder(telemetry, 'ingress')
    this.#self = telemetry.self
  }

  ended(exchange: IngressExchange): void {
    if (exchange.response.headersSent) exchange.status = exchange.response.statusCode
    this.#outbound.ended(exchange)
    const { span } = exchange
    if (span === null) return
    span.attributes
      .set('http.request.method', exchange.method)
      .set('url.path', exchange.path)
      .set('server.address', exchange.authority)
      .set('http.response.status_code', exchange.status)
      .set('mesh.peer.identity', '')
      .set('mesh.peer.instance', '')
      .set('mesh.mtls', false)
      .set('mesh.route', exchange.route?.name ?? '')
      .set('mesh.cluster', exchange.cluster?.cluster.name ?? this.#self.host)
      .set('mesh.response_flags', exchange.flag?.code ?? '-')
    span.end(exchange.status >= 500 || exchange.status === 0)
  }
}
