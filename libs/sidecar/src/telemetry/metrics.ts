/**
 * Istio's standard metrics under Istio's names and labels. Series are bounded; the text that Prometheus reads is made when it asks.
 * Source: https://istio.io/latest/docs/reference/config/metrics/
 */
import { Figures, type Figure } from './figures.ts'
import { Histogram } from './histogram.ts'
import { requestLabelText, tcpLabelText, type PeerLabels, type RequestLabels, type TcpLabels } from './labels.ts'
import { shownLabels, type MetricsByReporter } from './metric-rules.ts'
import { RequestFamily, RequestSeries, TcpSeries, type SeriesSource } from './series.ts'

export type { PeerLabels, RequestLabels, TcpLabels } from './labels.ts'
export type { RequestFamily, RequestSeries, TcpSeries } from './series.ts'

/** Enough for every combination that a mesh of this kind makes; more would mean that something outside decides over labels. */
const MAX_SERIES = 2000

export class RequestMetrics implements SeriesSource {
  readonly #requests = new Map<string, RequestSeries>()
  readonly #connections = new Map<string, TcpSeries>()
  readonly #figures = new Figures()
  readonly #limit: number
  #rules: MetricsByReporter = { source: undefined, destination: undefined }
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

  /** What Telemetry resources say of the figures of who calls, and of who is called. */
  use(rules: MetricsByReporter): void {
    this.#rules = rules
  }

  /** A figure that is read when Prometheus asks. */
  expose(name: string, type: Figure['type'], help: string, read: () => number): void {
    this.#figures.add(name, { help, type, read })
  }

  /** Prometheus's text format 0.0.4. */
  exposition(): string {
    const lines: string[] = []
    const requests = [...this.#requests.values()]
    const rules = this.#rules
    const counters = { lines, rules }
    counter(counters, 'istio_requests_total', 'Requests that this proxy handled.', requests, (it) => it.count)
    const duration = 'Time from the request to the end of its response.'
    histogram(counters, 'istio_request_duration_milliseconds', duration, requests, (it) => it.duration)
    histogram(counters, 'istio_request_bytes', 'Size of request bodies.', requests, (it) => it.requestBytes)
    histogram(counters, 'istio_response_bytes', 'Size of response bodies.', requests, (it) => it.responseBytes)
    const tcp = [...this.#connections.values()]
    counter(counters, 'istio_tcp_connections_opened_total', 'TCP connections opened.', tcp, (it) => it.opened)
    counter(counters, 'istio_tcp_connections_closed_total', 'TCP connections closed.', tcp, (it) => it.closed)
    counter(counters, 'istio_tcp_sent_bytes_total', 'Bytes sent to who connected.', tcp, (it) => it.sentBytes)
    counter(counters, 'istio_tcp_received_bytes_total', 'Bytes received from it.', tcp, (it) => it.receivedBytes)
    lines.push(...this.#figures.lines())
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

interface Page {
  readonly lines: string[]
  readonly rules: MetricsByReporter
}

function counter<S extends { readonly labels: string }>(
  { lines, rules }: Page,
  name: string,
  help: string,
  all: readonly S[],
  read: (series: S) => number,
): void {
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`)
  for (const { labels, series } of shown(all, name, rules)) {
    lines.push(`${name}{${labels}} ${series.reduce((sum, each) => sum + read(each), 0)}`)
  }
}

function histogram(
  { lines, rules }: Page,
  name: string,
  help: string,
  all: readonly RequestSeries[],
  read: (series: RequestSeries) => Histogram,
): void {
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} histogram`)
  for (const { labels, series } of shown(all, name, rules)) Histogram.sumOf(series.map(read)).write(lines, name, labels)
}

/** Series under the labels that they are shown with: those that came to have the same are one. */
function shown<S extends { readonly labels: string }>(
  all: readonly S[],
  name: string,
  rules: MetricsByReporter,
): { readonly labels: string; readonly series: readonly S[] }[] {
  const change = shownLabels(name, rules)
  if (change === null) return all.map((series) => ({ labels: series.labels, series: [series] }))
  const grouped = Map.groupBy(all, ({ labels }) => change(labels))
  return [...grouped].flatMap(([labels, series]) => (labels === null ? [] : [{ labels, series }]))
}
