/** The telemetry of one process, whatever its placement: where its metrics, its log lines and its spans go, and what is lost on the way. */
import { principalOf } from '@meshmart/mesh-policy'
import type { MeshSettings } from '../settings.ts'
import { AccessLog } from './access-log.ts'
import { TelemetryControl } from './control.ts'
import { RequestMetrics } from './metrics.ts'
import type { Telemetry } from './telemetry.ts'
import { Tracer } from './tracer.ts'

/**
 * @param host full host of this workload @param refused connections that were not let in, since start
 * @throws Error `settings: MESH_ACCESS_LOG: …` where the file cannot be opened
 */
export function ownTelemetry(settings: MeshSettings, spiffeId: string, host: string, refused: () => number): Telemetry {
  const metrics = new RequestMetrics()
  const accessLog = new AccessLog(settings.MESH_ACCESS_LOG)
  const tracer = new Tracer(settings.MESH_TRACE_SAMPLING)
  const counter = (name: string, help: string, read: () => number): void => metrics.expose(name, 'counter', help, read)
  counter('mesh_spans_dropped_total', 'Spans dropped because the buffer was full.', () => tracer.dropped)
  counter('mesh_access_log_lines_dropped_total', 'Access-log lines that could not be written.', () => accessLog.dropped)
  counter('mesh_inbound_refused_total', 'Connections refused at TLS.', refused)
  const { MESH_WORKLOAD: workload, MESH_NAMESPACE: namespace } = settings
  const control = new TelemetryControl({ metrics, accessLog, tracer })
  return { metrics, accessLog, tracer, control, self: { workload, namespace, principal: principalOf(spiffeId), host } }
}
