/** What is written down when a request is over: one series of metrics, one line of the access log, the end of the server span. */
import type { Route } from '@meshmart/mesh-policy'
import { serviceOf } from '../discovery/host-names.ts'
import type { InboundExchange } from '../inbound/inbound-exchange.ts'
import type { IngressExchange } from '../ingress/ingress-exchange.ts'
import { isEncrypted } from '../outbound/endpoint-pool.ts'
import type { OutboundExchange } from '../outbound/outbound-exchange.ts'
import type { PeerIdentity } from '../identity/peer-identity.ts'
import type { Answer, Recorder } from '../stack.ts'
import type { AccessLog } from './access-log.ts'
import { withoutCardNumbers } from './card-numbers.ts'
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
  readonly #principal: string

  constructor(telemetry: Telemetry, direction: 'outbound' | 'ingress' = 'outbound') {
    this.#telemetry = telemetry
    this.#direction = direction
    this.#principal = `spiffe://${telemetry.self.principal}`
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
        sourcePrincipal: encrypted ? this.#principal : 'unknown',
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
      path: exchange.recordedPath,
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
  readonly #principal: string
  readonly #cluster: string

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry
    this.#principal = `spiffe://${telemetry.self.principal}`
    this.#cluster = `inbound|80||${telemetry.self.host}`
  }

  ended(exchange: InboundExchange): void {
    const { self, metrics, accessLog } = this.#telemetry
    const { response, peer, span } = exchange
    const finished = response.writableFinished
    const status = response.headersSent ? response.statusCode : (exchange.reply?.status ?? 0)
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
        destinationPrincipal: this.#principal,
        responseCode: status,
        responseFlags: flag,
        securityPolicy: peer === null ? 'none' : 'mutual_tls',
      },
      exchange.elapsed,
    )
    accessLog.write({
      direction: 'inbound',
      method: exchange.method,
      path: exchange.recordedPath,
      status,
      flag,
      reason: exchange.reason ?? exchange.decision?.reason ?? (finished ? 'via_upstream' : 'the caller went away'),
      bytesReceived: Number(exchange.header('content-length') ?? 0),
      bytesSent: Number(response.getHeader('content-length') ?? 0),
      milliseconds: exchange.elapsed,
      tries: 1,
      peer: peer?.spiffeId ?? '-',
      upstream: '-',
      cluster: this.#cluster,
      route: 'default',
      requestId: exchange.requestId,
      traceId: exchange.trace?.traceId ?? '-',
      authority: exchange.authority,
    })
    if (span === null) return
    span.attributes
      .set('http.request.method', exchange.method)
      .set('url.path', exchange.recordedPath)
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
      .set('url.path', exchange.recordedPath)
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

/** What node refused before there was an exchange: the same figures and the same line, with what is known of it. */
export function recordRefusal(
  { self, metrics, accessLog }: Telemetry,
  direction: 'inbound' | 'ingress',
  refused: { method: string; path: string; answer: Answer; peer: PeerIdentity | null },
): void {
  const { answer, peer } = refused
  metrics.record(
    {
      reporter: direction === 'inbound' ? 'destination' : 'source',
      sourceWorkload: peer?.account ?? 'unknown',
      sourceNamespace: peer?.namespace ?? 'unknown',
      sourcePrincipal: peer?.spiffeId ?? 'unknown',
      destinationWorkload: self.workload,
      destinationService: self.host,
      destinationServiceName: self.workload,
      destinationNamespace: self.namespace,
      destinationPrincipal: 'unknown',
      responseCode: answer.status,
      responseFlags: answer.flag?.code ?? '-',
      securityPolicy: peer === null ? 'none' : 'mutual_tls',
    },
    0,
  )
  accessLog.write({
    direction,
    method: refused.method,
    path: withoutCardNumbers(refused.path),
    status: answer.status,
    flag: answer.flag?.code ?? '-',
    reason: answer.reason,
    bytesReceived: 0,
    bytesSent: Number(answer.headers['content-length'] ?? 0),
    milliseconds: 0,
    tries: 0,
    peer: peer?.spiffeId ?? '-',
    upstream: '-',
    cluster: '-',
    route: '-',
    requestId: '-',
    traceId: '-',
    authority: '-',
  })
}
