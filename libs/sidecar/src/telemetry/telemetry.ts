/** What the recorders of one process share. */
import type { AccessLog } from './access-log.ts'
import type { TelemetryControl } from './control.ts'
import type { RequestMetrics } from './metrics.ts'
import type { Tracer } from './tracer.ts'

export interface Telemetry {
  readonly metrics: RequestMetrics
  readonly accessLog: AccessLog
  readonly tracer: Tracer
  /** Told by snapshots; not there where nobody compiles any for the process. */
  readonly control?: TelemetryControl
  readonly self: {
    readonly workload: string
    readonly namespace: string
    readonly principal: string
    readonly host: string
  }
}
