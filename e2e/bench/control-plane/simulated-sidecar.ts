/**
 * A sidecar without its data plane: the library's own identity, connection, subscriptions, discovery, acknowledgements and lease, for hosts that are called by
 * nobody. What it applies is what a sidecar applies, pickers and route tables included; each snapshot that arrives is counted.
 */
import {
  ClusterRegistry,
  followTrust,
  MeshHosts,
  obtainIdentity,
  openNats,
  Registration,
  type SnapshotSource,
} from '@meshmart/sidecar/internal'
import { sidecarSettingsShape, type SidecarLog } from '@meshmart/sidecar'
import type { EndpointsSnapshot, InboundSnapshot } from '@meshmart/mesh-policy'
import { z } from 'zod'
import { callsOf, serviceAt, type MeshSize } from './large-mesh.ts'
import { tokenFile } from './users.ts'

/** What each process of simulated sidecars is told. */
export interface FleetSettings {
  readonly size: MeshSize
  readonly secrets: string
  readonly natsUrl: string
  readonly controlPlaneUrl: string
}

const START_LIMIT_MS = 120_000
const Settings = z.object(sidecarSettingsShape)

export class SimulatedSidecar {
  /** Snapshots that have arrived, by key. */
  readonly received = new Map<string, number>()
  /** Milliseconds from a new replica's lease to its endpoint here. */
  readonly lags: number[] = []
  readonly #known = new Set<string>()

  static async start(index: number, fleet: FleetSettings, log: SidecarLog): Promise<SimulatedSidecar> {
    const sidecar = new SimulatedSidecar()
    await sidecar.#start(index, fleet, log)
    return sidecar
  }

  async #start(index: number, fleet: FleetSettings, log: SidecarLog): Promise<void> {
    const { namespace, name, host } = serviceAt(index)
    const settings = Settings.parse({
      MESH_WORKLOAD: name,
      MESH_NAMESPACE: namespace,
      MESH_INSTANCE: `${name}-1`,
      MESH_LABELS: 'version=v1',
      MESH_CONTROL_PLANE_URL: fleet.controlPlaneUrl,
      MESH_ROOT_CERT_FILE: `${fleet.secrets}/public/root.pem`,
      MESH_JOIN_TOKEN_FILE: tokenFile(fleet.secrets, { namespace, name }),
      MESH_NATS_URL: fleet.natsUrl,
    })
    const { identity, rotation } = await obtainIdentity(settings, null, log, START_LIMIT_MS)
    const { nats, snapshots } = await openNats(settings, identity, log, START_LIMIT_MS)
    const counted = this.#counted(snapshots)
    followTrust({ snapshots: counted, identity, rotation, log })
    counted.watch<InboundSnapshot>(`inbound.${namespace}.${name}`, () => undefined)
    const reader = { namespace, labels: { version: 'v1', app: name }, locality: '' }
    const clusters = new ClusterRegistry(counted, { identity, reader, random: Math.random, log })
    const trustDomain = settings.MESH_TRUST_DOMAIN
    const hosts = new MeshHosts({ source: counted, clusters, namespace, trustDomain, log })
    const registration = new Registration(settings, host, nats, counted, log)
    await registration.begin([{ servicePort: 80, name: 'http', listener: 8_080 }])
    await Promise.all(callsOf(index, fleet.size).map((called) => discovered(hosts, serviceAt(called).host)))
  }

  #counted(source: SnapshotSource): SnapshotSource {
    return {
      discover: (host) => source.discover(host),
      watch: <T>(key: string, apply: (snapshot: T | null) => void) =>
        source.watch<T>(key, (snapshot) => {
          this.received.set(key, (this.received.get(key) ?? 0) + 1)
          if (key.startsWith('endpoints.')) this.#lookForNewcomers(snapshot as EndpointsSnapshot | null)
          apply(snapshot)
        }),
    }
  }

  /** Replicas that the holder of leases lets come and go carry the time at which they came. */
  #lookForNewcomers(snapshot: EndpointsSnapshot | null): void {
    for (const { instance, since } of snapshot?.endpoints ?? []) {
      if (since === undefined || !instance.includes('-new-') || this.#known.has(instance)) continue
      this.#known.add(instance)
      this.lags.push(Date.now() - since)
    }
  }
}

function discovered(hosts: MeshHosts, host: string): Promise<void> {
  return new Promise((resolve) => hosts.discover(host, resolve))
}
