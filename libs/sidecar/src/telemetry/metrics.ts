/**
 * Istio's standard metrics under Istio's names and labels. A series is looked up once per combination of labels and then counted in place; the text that
 * Prometheus reads is made when it asks.
 * Source: https://istio.io/latest/docs/reference/config/metrics/
 */
export interface RequestLabels {
  readonly reporter: 'source' | 'destination'
  readonly sourceWorkload: string
  readonly sourceNamespace: string
  readonly sourcePrincipal: string
  readonly destinationWorkload: string
  readonly destinationService: string
  readonly destinationServiceName: string
  readonly destinationNamespace: string
  readonly destinationPrincipal: string
  readonly responseCode: number
  readonly responseFlags: string
  readonly securityPolicy: 'mutual_tls' | 'none' | 'unknown'
}

/** Upper bounds in milliseconds: those of Istio's proxies. */
export const DURATION_BUCKETS_MS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
] as const

/** Enough for every combination that a mesh of this kind makes; more would mean that something outside decides over labels. */
const MAX_SERIES = 2000

class Series {
  readonly labels: string
  count = 0
  sum = 0
  readonly buckets = new Float64Array(DURATION_BUCKETS_MS.length)

  constructor(labels: string) {
    this.labels = labels
  }

  observe(milliseconds: number): void {
    this.count++
    this.sum += milliseconds
    for (
      let index = DURATION_BUCKETS_MS.length - 1;
      index >= 0 && milliseconds <= (DURATION_BUCKETS_MS[index] ?? 0);
      index--
    ) {
      this.buckets[index] = (this.buckets[index] ?? 0) + 1
    }
  }
}

export class RequestMetrics {
  readonly #series = new Map<string, Series>()
  readonly #gauges = new Map<string, { help: string; type: 'gauge' | 'counter'; read: () => number }>()

  record(labels: RequestLabels, milliseconds: number): void {
    const key = `${labels.reporter}|${labels.sourcePrincipal}|${labels.sourceWorkload}|${labels.destinationPrincipal}|${labels.destinationService}|${labels.responseCode}|${labels.responseFlags}|${labels.securityPolicy}`
    let series = this.#series.get(key)
    if (series === undefined) {
      if (this.#series.size >= MAX_SERIES) return
      series = new Series(labelText(labels))
      this.#series.set(key, series)
    }
    series.observe(milliseconds)
  }

  /** A figure that is read when Prometheus asks. */
  expose(name: string, type: 'gauge' | 'counter', help: string, read: () => number): void {
    this.#gauges.set(name, { help, type, read })
  }

  /** Prometheus's text format 0.0.4. */
  exposition(): string {
    const lines = [
      '# HELP istio_requests_total Requests that this proxy handled.',
      '# TYPE istio_requests_total counter',
    ]
    for (const series of this.#series.values()) lines.push(`istio_requests_total{${series.labels}} ${series.count}`)
    const name = 'istio_request_duration_milliseconds'
    lines.push(`# HELP ${name} Time from the request's head to the response's end.`, `# TYPE ${name} histogram`)
    for (const series of this.#series.values()) {
      for (const [index, bound] of DURATION_BUCKETS_MS.entries()) {
        lines.push(`${name}_bucket{${series.labels},le="${bound}"} ${series.buckets[index] ?? 0}`)
      }
      lines.push(`${name}_bucket{${series.labels},le="+Inf"} ${series.count}`)
      lines.push(`${name}_sum{${series.labels}} ${series.sum}`, `${name}_count{${series.labels}} ${series.count}`)
    }
    for (const [gauge, { help, type, read }] of this.#gauges) {
      lines.push(`# HELP ${gauge} ${help}`, `# TYPE ${gauge} ${type}`, `${gauge} ${read()}`)
    }
    return `${lines.join('\n')}\n`
  }
}

/** All of Istio's labels, so that its dashboards fit. A workload here has the label `app` and no version, and there is one cluster. */
function labelText(labels: RequestLabels): string {
  const pairs: readonly (readonly [string, string])[] = [
    ['reporter', labels.reporter],
    ['source_workload', labels.sourceWorkload],
    ['source_workload_namespace', labels.sourceNamespace],
    ['source_principal', labels.sourcePrincipal],
    ['source_app', labels.sourceWorkload],
    ['source_version', 'unknown'],
    ['source_cluster', 'unknown'],
    ['source_canonical_service', labels.sourceWorkload],
    ['source_canonical_revision', 'latest'],
    ['destination_workload', labels.destinationWorkload],
    ['destination_workload_namespace', labels.destinationNamespace],
    ['destination_principal', labels.destinationPrincipal],
    ['destination_app', labels.destinationWorkload],
    ['destination_version', 'unknown'],
    ['destination_service', labels.destinationService],
    ['destination_service_name', labels.destinationServiceName],
    ['destination_service_namespace', labels.destinationNamespace],
    ['destination_cluster', 'unknown'],
    ['destination_canonical_service', labels.destinationWorkload],
    ['destination_canonical_revision', 'latest'],
    ['request_protocol', 'http'],
    ['grpc_response_status', ''],
    ['response_code', String(labels.responseCode)],
    ['response_flags', labels.responseFlags],
    ['connection_security_policy', labels.securityPolicy],
  ]
  return pairs.map(([name, value]) => `${name}="${escaped(value)}"`).join(',')
}

const escaped = (value: string): string =>
  value.replaceAll(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))
