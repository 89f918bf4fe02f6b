/** This replica in the registry: there once it may be called, gone before it stops answering. Others hear of both from the same snapshot as we do. */
import { networkInterfaces } from 'node:os'
import type { EndpointsSnapshot } from '@meshmart/mesh-policy'
import type { SidecarLog } from '../log.ts'
import type { MeshSettings } from '../settings.ts'
import type { NatsConnection } from '@nats-io/transport-node'
import { Lease } from './lease.ts'
import type { SnapshotSource } from './snapshot-source.ts'

/** A service port and the listener behind it. */
export interface RegisteredPort {
  readonly servicePort: number
  /** Istio's port name: its first word is the protocol, `http`, `tcp-redis`. */
  readonly name: string
  /** Of the inbound listener. */
  readonly listener: number
  /** Of the application, where it is another one. */
  readonly workloadPort?: number
}
/**
 * How long the lease and the registry may take to let us go: three times what they need. Where they are gone themselves nobody can be told, and whoever still
 * calls us tries another replica.
 */
const UNLISTED_LIMIT_MS = 500
/** From the registry's word to the pickers of everybody else. */
const SPREAD_MS = 150

export class Registration {
  readonly #settings: MeshSettings
  readonly #nats: NatsConnection
  readonly #log: SidecarLog
  #lease: Lease | null = null
  /** Whether the registry lists this replica. */
  #listed = false
  #whenUnlisted: (() => void) | null = null

  /** @param host full host of this workload */
  constructor(settings: MeshSettings, host: string, nats: NatsConnection, source: SnapshotSource, log: SidecarLog) {
    this.#settings = settings
    this.#nats = nats
    this.#log = log
    source.watch<EndpointsSnapshot>(`endpoints.${host}`, (snapshot) => {
      this.#listed = snapshot?.endpoints.some(({ instance }) => instance === settings.MESH_INSTANCE) ?? false
      if (!this.#listed) this.#whenUnlisted?.()
    })
  }

  /** @returns the address that others reach it at */
  async begin(ports: readonly RegisteredPort[]): Promise<string> {
    const { MESH_NAMESPACE, MESH_WORKLOAD, MESH_INSTANCE, MESH_ADVERTISE_ADDRESS, MESH_BIND_ADDRESS } = this.#settings
    const address = MESH_ADVERTISE_ADDRESS ?? advertisedAddress(MESH_BIND_ADDRESS)
    const behind = ports.flatMap(({ servicePort, workloadPort }) =>
      workloadPort === undefined ? [] : [[servicePort, workloadPort] as const],
    )
    const endpoint = {
      instance: MESH_INSTANCE,
      address,
      ports: Object.fromEntries(ports.map(({ servicePort, listener }) => [servicePort, listener])),
      portNames: Object.fromEntries(ports.map(({ servicePort, name }) => [servicePort, name])),
      ...(behind.length > 0 && { workloadPorts: Object.fromEntries(behind) }),
      transport: 'mtls' as const,
      labels: { ...this.#settings.MESH_LABELS, app: MESH_WORKLOAD },
      locality: this.#settings.MESH_LOCALITY,
      weight: 1,
      since: Date.now(),
    }
    this.#lease = new Lease(this.#nats, MESH_NAMESPACE, MESH_WORKLOAD, endpoint, this.#log)
    await this.#lease.begin()
    return address
  }

  /** Deregisters at once: whoever calls meanwhile finds nobody. `begin` brings it back. */
  async withdraw(): Promise<void> {
    await this.#lease?.end(UNLISTED_LIMIT_MS)
  }

  /** Deregisters and waits until others know, for a limited time: without NATS nobody can be told. */
  async end(): Promise<void> {
    if (this.#lease === null || this.#nats.isClosed()) return
    const unlisted = this.#untilUnlisted(UNLISTED_LIMIT_MS)
    await this.#lease.end(UNLISTED_LIMIT_MS)
    if (await unlisted) await new Promise((resolve) => setTimeout(resolve, SPREAD_MS))
    else
      this.#log.warn(
        'registry: did not say in time that this replica is gone; others hear of it when the lease runs out',
      )
  }

  /** @returns false where the time was over first */
  #untilUnlisted(limitMs: number): Promise<boolean> {
    if (!this.#listed) return Promise.resolve(true)
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), limitMs)
      this.#whenUnlisted = () => {
        clearTimeout(timer)
        resolve(true)
      }
    })
  }

  /** Without a word: the lease runs out by itself. */
  stop(): void {
    this.#lease?.stop()
  }
}

function advertisedAddress(bindAddress: string): string {
  if (bindAddress !== '0.0.0.0' && bindAddress !== '::') return bindAddress
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find((address) => !address.internal && address.family === 'IPv4')
  if (own === undefined) {
    throw new Error('settings: MESH_ADVERTISE_ADDRESS: this machine has no address that others could reach, set one')
  }
  return own.address
}
