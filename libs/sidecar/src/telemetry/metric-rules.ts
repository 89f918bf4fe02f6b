/**
 * `metrics` of a Telemetry: what is not shown, which labels are taken away or set. It is done when Prometheus asks, so that counting costs the same with and
 * without it; series that differ in a label that was taken away become one.
 */
import type { TelemetryMode } from '@meshmart/mesh-policy'

/** Istio's words for its standard metrics. */
const NAMES: Readonly<Record<string, string>> = {
  istio_requests_total: 'REQUEST_COUNT',
  istio_request_duration_milliseconds: 'REQUEST_DURATION',
  istio_request_bytes: 'REQUEST_SIZE',
  istio_response_bytes: 'RESPONSE_SIZE',
  istio_tcp_connections_opened_total: 'TCP_OPENED_CONNECTIONS',
  istio_tcp_connections_closed_total: 'TCP_CLOSED_CONNECTIONS',
  istio_tcp_sent_bytes_total: 'TCP_SENT_BYTES',
  istio_tcp_received_bytes_total: 'TCP_RECEIVED_BYTES',
}

export interface MetricsByReporter {
  readonly source: TelemetryMode['metrics']
  readonly destination: TelemetryMode['metrics']
}

/** Labels of one series of one metric as they are shown; null where it is not. */
export type ShownLabels = (labels: string) => string | null

/** Null where the metric is shown as it is. */
export function shownLabels(metric: string, rules: MetricsByReporter): ShownLabels | null {
  const source = labelsFor(metric, rules.source)
  const destination = labelsFor(metric, rules.destination)
  if (source === null && destination === null) return null
  return (labels) => {
    const change = labels.startsWith('reporter="source"') ? source : destination
    return change === null ? labels : change(labels)
  }
}

function labelsFor(metric: string, rules: TelemetryMode['metrics']): ShownLabels | null {
  if (rules === undefined) return null
  if ('disabled' in rules) return () => null
  const override = rules.overrides.find((each) => each.metric === NAMES[metric])
  if (override === undefined) return null
  if (override.disabled === true) return () => null
  const tags = override.tags ?? []
  return (labels) => tags.reduce((text, { name, value }) => withTag(text, name, value), labels)
}

function withTag(labels: string, name: string, value: string | null): string {
  const escaped = name.replaceAll(/[^A-Za-z0-9_]/g, '_')
  const rest = labels.replace(new RegExp(`(^|,)${escaped}="(?:[^"\\\\]|\\\\.)*"`), '').replace(/^,/, '')
  if (value === null) return rest
  const text = value.replaceAll(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))
  return `${rest},${escaped}="${text}"`
}
