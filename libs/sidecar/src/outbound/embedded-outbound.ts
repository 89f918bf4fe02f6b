/** Everything outbound of one process, put together: what is discovered, the stack over it, undici's door to it, and the export of spans through it. */
import { MeshHosts } from '../discovery/hosts.ts'
import type { NatsSnapshots } from '../discovery/nats-snapshots.ts'
import type { WorkloadIdentity } from '../identity/workload-identity.ts'
import type { SidecarLog } from '../log.ts'
import type { SidecarSettings } from '../settings.ts'
import { OutboundRecorder, type Telemetry } from '../telemetry/recorders.ts'
import { SpanExporter } from '../telemetry/span-export.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { ClusterRegistry } from './cluster-registry.ts'
import { MeshDispatcher } from './dispatcher.ts'
import { outboundStack } from './stack.ts'

const TRACES_URL = 'http://control-plane.meshmart-system/v1/traces'

export class EmbeddedOutbound {
  readonly clusters: ClusterRegistry
  readonly hosts: MeshHosts
  readonly dispatcher: MeshDispatcher
  readonly #exporter: SpanExporter

  constructor(parts: {
    settings: SidecarSettings
    identity: WorkloadIdentity
    snapshots: NatsSnapshots
    tracer: Tracer
    telemetry: Telemetry
    log: SidecarLog
  }) {
    const { settings, identity, snapshots, tracer, telemetry, log } = parts
    this.clusters = new ClusterRegistry(snapshots, identity, Math.random, log)
    this.hosts = new MeshHosts({
      source: snapshots,
      clusters: this.clusters,
      namespace: settings.MESH_NAMESPACE,
      trustDomain: settings.MESH_TRUST_DOMAIN,
      log,
    })
    const recorder = new OutboundRecorder(telemetry)
    const stack = outboundStack({ hosts: this.hosts, tracer, random: Math.random, recorder })
    this.dispatcher = new MeshDispatcher(stack, tracer)
    this.#exporter = new SpanExporter({
      tracer,
      dispatcher: this.dispatcher,
      url: TRACES_URL,
      resource: new Map([
        ['service.name', settings.MESH_WORKLOAD],
        ['service.namespace', settings.MESH_NAMESPACE],
        ['service.instance.id', settings.MESH_INSTANCE],
      ]),
      log,
    })
  }

  /** While everything still works. */
  flush(): Promise<void> {
    return this.#exporter.close()
  }

  async destroy(): Promise<void> {
    this.hosts.close()
    await this.dispatcher.destroy()
    await this.clusters.destroy()
  }
}
