/** Everything outbound of one process, whatever its placement: what is discovered, the stack over it, and what the sidecar itself sends through it. */
import { MeshHosts } from '../discovery/hosts.ts'
import type { SnapshotSource } from '../discovery/snapshot-source.ts'
import type { WorkloadIdentity } from '../identity/workload-identity.ts'
import type { SidecarLog } from '../log.ts'
import type { MeshSettings } from '../settings.ts'
import type { Stack } from '../stack.ts'
import { OutboundRecorder, type Telemetry } from '../telemetry/recorders.ts'
import { exportSpans, type SpanExporter } from '../telemetry/span-export.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { ClusterRegistry } from './cluster-registry.ts'
import type { OutboundExchange } from './outbound-exchange.ts'
import { OwnRequests } from './own-requests.ts'
import { outboundStack } from './stack.ts'

export class Outbound {
  readonly clusters: ClusterRegistry
  readonly hosts: MeshHosts
  readonly stack: Stack<OutboundExchange>
  readonly own: OwnRequests
  readonly #exporter: SpanExporter

  constructor(parts: {
    settings: MeshSettings
    identity: WorkloadIdentity
    snapshots: SnapshotSource
    tracer: Tracer
    telemetry: Telemetry
    log: SidecarLog
  }) {
    const { settings, identity, snapshots, tracer, telemetry, log } = parts
    const { MESH_NAMESPACE: namespace, MESH_LABELS, MESH_LOCALITY: locality, MESH_WORKLOAD: app } = settings
    const reader = { namespace, labels: { ...MESH_LABELS, app }, locality }
    this.clusters = new ClusterRegistry(snapshots, { identity, reader, random: Math.random, log })
    this.hosts = new MeshHosts({
      source: snapshots,
      clusters: this.clusters,
      namespace: settings.MESH_NAMESPACE,
      trustDomain: settings.MESH_TRUST_DOMAIN,
      log,
    })
    const recorder = new OutboundRecorder(telemetry)
    this.stack = outboundStack({ hosts: this.hosts, tracer, random: Math.random, recorder })
    this.own = new OwnRequests(this.stack)
    this.#exporter = exportSpans(settings, { tracer, deliver: this.own.post, log })
  }

  /** While everything still works. */
  flush(): Promise<void> {
    return this.#exporter.close()
  }

  destroy(): void {
    this.own.close()
    this.hosts.close()
    this.clusters.destroy()
  }
}
