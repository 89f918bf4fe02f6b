/** A sidecar process in a test's own process: started as the real one, with its doors on free ports, and read through its admin endpoints and its access log. */
import { readFile } from 'node:fs/promises'
import type { InboundSnapshot } from '@meshmart/mesh-policy'
import type { ProcessSidecar } from '../process/process-sidecar.ts'
import type { ProcessSettings } from '../process/settings.ts'
import { startSidecarProcess } from '../process/start.ts'
import type { TestMesh } from './mesh.ts'
import { RecordedLog } from './recorded-log.ts'
import { inboundOf } from './snapshots.ts'

export interface ProcessWorkload {
  readonly sidecar: ProcessSidecar
  readonly log: RecordedLog
  /** Of the application's HTTP door. */
  readonly outboundPort: number
  /** Of the listener that leads to `host:port`. */
  tcpPort(to: string): number
  accessLog(): Promise<string>
  /** Lines of `/stats/prometheus` that begin so. */
  metrics(name: string): Promise<string[]>
}

/** The caller closes the sidecar. */
export async function runProcess(
  mesh: TestMesh,
  workload: string,
  instance: string,
  more: Partial<ProcessSettings> = {},
  inbound: Partial<InboundSnapshot> = {},
): Promise<ProcessWorkload> {
  const { MESH_INBOUND_PORT: _perPort, ...shared } = mesh.settings(workload, instance)
  const settings: ProcessSettings = {
    ...shared,
    MESH_APP_ADDRESS: '127.0.0.1',
    MESH_APP_PORTS: [],
    MESH_OUTBOUND_PORT: 0,
    MESH_OUTBOUND_TCP: [],
    ...more,
  }
  await mesh.put(`inbound.meshmart.${workload}`, { ...inboundOf('meshmart', workload), ...inbound })
  const log = new RecordedLog()
  const sidecar = await startSidecarProcess(settings, log)
  const opened = log.lines.find(({ message }) => message === 'sidecar: open')?.fields ?? {}
  const tcp = String(opened['tcp'] ?? '').split(',')
  return {
    sidecar,
    log,
    outboundPort: Number(new URL(String(opened['outbound'])).port),
    tcpPort: (to) => Number(tcp.find((entry) => entry.endsWith(`=${to}`))?.split('=')[0] ?? Number.NaN),
    accessLog: () => readFile(settings.MESH_ACCESS_LOG, 'utf8'),
    async metrics(name) {
      const response = await fetch(new URL('/stats/prometheus', String(opened['admin'])))
      return (await response.text()).split('\n').filter((line) => line.startsWith(name))
    },
  }
}
