/**
 * `Telemetry` resources in effect: whether and which lines are written, which spans are kept and what else they say, which figures are shown. It comes with the
 * snapshots of the workload and of its gateway; where it says nothing the settings of the process hold. What a request pays is one look at a field.
 */
import { prepareAccessFilter, type AccessFilter, type TelemetryMode, type TelemetryPolicy } from '@meshmart/mesh-policy'
import type { AccessLog } from './access-log.ts'
import type { RequestMetrics } from './metrics.ts'
import { prepareTracing } from './tracing-rules.ts'
import type { Tracer } from './tracer.ts'

/** Which lines are written: all, none, or those that pass. */
export type LogRule = 'all' | 'none' | AccessFilter

export class TelemetryControl {
  readonly #accessLog: AccessLog
  readonly #metrics: RequestMetrics
  readonly #tracer: Tracer
  #workload: TelemetryPolicy = {}
  #gateway: TelemetryPolicy = {}

  constructor(parts: { readonly accessLog: AccessLog; readonly metrics: RequestMetrics; readonly tracer: Tracer }) {
    this.#accessLog = parts.accessLog
    this.#metrics = parts.metrics
    this.#tracer = parts.tracer
  }

  /**
   * From the snapshot of this workload.
   * @returns what puts it in force @throws SyntaxError where a filter cannot be used
   */
  prepareWorkload(policy: TelemetryPolicy = {}): () => void {
    return this.#prepare(policy, this.#gateway)
  }

  /** From the snapshot of its gateway; as `prepareWorkload`. */
  prepareGateway(policy: TelemetryPolicy = {}): () => void {
    return this.#prepare(this.#workload, policy)
  }

  #prepare(workload: TelemetryPolicy, gateway: TelemetryPolicy): () => void {
    const lines = {
      inbound: logRule(workload.server),
      outbound: logRule(workload.client),
      ingress: logRule(gateway.client),
    }
    // At the edge a span of a request that comes in is the gateway's, which is a client in Istio's eyes.
    const client = gateway.client ?? workload.client
    const server = gateway.client ?? workload.server
    const tracing = { server: prepareTracing(server?.tracing), client: prepareTracing(client?.tracing) }
    return () => {
      this.#workload = workload
      this.#gateway = gateway
      this.#accessLog.use(lines)
      this.#tracer.use(tracing)
      this.#metrics.use({ source: client?.metrics, destination: workload.server?.metrics })
    }
  }
}

function logRule(mode: TelemetryMode | undefined): LogRule {
  const { enabled = true, filter } = mode?.accessLog ?? {}
  if (!enabled) return 'none'
  return filter === undefined ? 'all' : prepareAccessFilter(filter)
}
