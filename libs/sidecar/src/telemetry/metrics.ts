/**
 * Istio's standard metrics under Istio's names and labels. Series are bounded; the text that Prometheus reads is made when it asks.
 * Source: https://istio.io/latest/docs/reference/config/metrics/
 */
import type { Histogram } from './histogram.ts'
import { requestLabelText, tcpLabelText, type PeerLabels, type RequestLabels, type TcpLabels } from './labels.ts'
import { RequestFamily, RequestSeries, TcpSeries, type SeriesSource } from './series.ts'

export type { PeerLabels, RequestLabels, TcpLabels } from './labels.ts'
export type { RequestFamily, RequestSeries, TcpSeries } from './series.ts'

/** Enough for every combination that a mesh of this kind makes; more would mean that something outside decides over labels. */
const MAX_SERIES = 2000

interface Figure {
  readonly help: string
  readonly type: 'gauge' | 'counter'
  readonly read: () => number
}

export class RequestMetrics implements SeriesSource {
  readonly #requests = new Map<string, RequestSeries>()
  readonly #connections = new Map<string, TcpSeries>()
  readonly #figures = new Map<string, Figure>()
  readonly #limit: number
  /** Not shown: what is counted here is what the bound has cost. */
  readonly #lostRequests = new RequestSeries('')
  readonly #lostConnections = new TcpSeries('')

  /** @param limit series of each kind at most */
  constructor(limit = MAX_SERIES) {
    this.#limit = limit
    this.expose(
      'mesh_metrics_dropped_total',
      'counter',
      'Requests and connections without a series of their own, because the bound of series was reached.',
      () => this.#lostRequests.count + this.#lostConnections.opened,
    )
  }

  /** Handle for everything between two ends: keep it where that pair is known. */
  family(peer: PeerLabels): RequestFamily {
    return new RequestFamily(this, peer)
  }

  /** For what happens too seldom to keep a handle. */
  record(labels: RequestLabels, milliseconds: number, requestBytes = 0, responseBytes = 0): void {
    const text = requestLabelText(labels, labels.responseCode, labels.responseFlags)
    this.requestSeries(text).observe(milliseconds, requestBytes, responseBytes)
  }

  /** Handle for one kind of connection: count in its fields. */
  tcp(labels: TcpLabels): TcpSeries {
    return bounded(
      this.#connections,
      tcpLabelText(labels),
      this.#limit,
      this.#lostConnections,
      (text) => new TcpSeries(text),
    )
  }

  requestSeries(labels: string): RequestSeries {
    return bounded(this.#requests, labels, this.#limit, this.#lostRequests, (text) => new RequestSeries(text))
  }

  /** A figure that is read when Prometheus asks. */
  expose(name: string, type: Figure['type'], help: string, read: () => number): void {
    this.#figures.set(name, { help, type, read })
  }

  /** Prometheus's text format 0.0.4. */
  exposition(): string {
    const lines: string[] = []
    const requests = [...this.#requests.values()]
    counter(lines, 'istio_requests_total', 'Requests that this proxy handled.', requests, (it) => it.count)
    const duration = 'Time from the request to the end of its response.'
    histogram(lines, 'istio_request_duration_milliseconds', duration, requests, (it) => it.duration)
    histogram(lines, 'istio_request_bytes', 'Size of request bodies.', requests, (it) => it.requestBytes)
    histogram(lines, 'istio_response_bytes', 'Size of response bodies.', requests, (it) => it.responseBytes)
    const tcp = [...this.#connections.values()]
    counter(lines, 'istio_tcp_connections_opened_total', 'TCP connections opened.', tcp, (it) => it.opened)
    counter(lines, 'istio_tcp_connections_closed_total', 'TCP connections closed.', tcp, (it) => it.closed)
    counter(lines, 'istio_tcp_sent_bytes_total', 'Bytes sent to who connected.', tcp, (it) => it.sentBytes)
    counter(lines, 'istio_tcp_received_bytes_total', 'Bytes received from it.', tcp, (it) => it.receivedBytes)
    for (const [name, { help, type, read }] of this.#figures) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name} ${read()}`)
    }
    return `${lines.join('\n')}\n`
  }
}

function bounded<S>(series: Map<string, S>, labels: string, limit: number, lost: S, make: (text: string) => S): S {
  const known = series.get(labels)
  if (known !== undefined) return known
  if (series.size >= limit) return lost
  const made = make(labels)
  series.set(labels, made)
  return made
}

function counter<S extends { readonly labels: string }>(
  lines: string[],
  name: string,
  help: string,
  all: readonly S[],
  read: (series: S) => number,
): void {
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`)
  for (const series of all) lines.push(`${name}{${series.labels}} ${read(series)}`)
}

function histogram(
  lines: string[],
  name: string,
  help: string,
  all: readonly RequestSeries[],
  read: (series: RequestSeries) => Histogram,
): void {
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} histogram`)
  for (const series of all) read(series).write(lines, name, series.labels)
}
