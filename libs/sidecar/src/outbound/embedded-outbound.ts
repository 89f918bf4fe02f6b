/** Everything outbound of one process, put together: what is discovered, the stack over it, undici's door to it, and the export of spans through it. */
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
import { MeshDispatcher } from './dispatcher.ts'
import type { OutboundExchange } from './outbound-exchange.ts'
import { OwnRequests } from './own-requests.ts'
import { outboundStack } from './stack.ts'

export class EmbeddedOutbound {
  readonly clusters: ClusterRegistry
  readonly hosts: MeshHosts
  readonly stack: Stack<OutboundExchange>
  readonly dispatcher: MeshDispatcher
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
    this.dispatcher = new MeshDispatcher(this.stack, tracer)
    this.own = new OwnRequests(this.stack)
    this.#exporter = exportSpans(settings, { tracer, dispatcher: this.dispatcher, log })
  }

  /** While everything still works. */
  flush(): Promise<void> {
    return this.#exporter.close()
  }

  async destroy(): Promise<void> {
    this.hosts.close()
    await this.dispatcher.destroy()
    await this.own.close()
    this.clusters.destroy()
  }
}
