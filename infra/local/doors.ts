/** Which port each process gets: all are chosen in one go before anything starts, so that no two get the same, and stay when a process is started again. */
import type { Placement } from './options.ts'
import { freePorts } from './ports.ts'
import { replicaName, workloads, type Workload } from './topology.ts'

export interface Ports {
  readonly postgres: number
  readonly nats: number
  readonly natsMonitor: number
  readonly acquirer: number
  readonly acquirerAdmin: number
  readonly mailboxSmtp: number
  readonly mailboxHttp: number
  readonly mailboxAdmin: number
  /** One for each of its replicas. */
  readonly controlPlanes: readonly number[]
  /** By replica, `orders-1`. */
  readonly doors: ReadonlyMap<string, Doors>
}

/** Where a replica listens on loopback, beside its inbound mTLS listener, which takes any port. */
export type Doors = EmbeddedDoors | ProcessDoors

export interface EmbeddedDoors {
  readonly placement: 'embedded'
  readonly admin: number
}
export interface ProcessDoors {
  readonly placement: 'process'
  /** Of the sidecar. */
  readonly admin: number
  /** Of the sidecar, for what the application calls. */
  readonly outbound: number
  /** Of the application, for what its sidecar has let in. */
  readonly app: number
  readonly appAdmin: number
}

export async function choosePorts(placement: Placement): Promise<Ports> {
  const services = workloads.filter(({ kind }) => kind === 'service')
  const replicas = services.flatMap((part) =>
    Array.from({ length: part.replicas }, (_, index) => ({ part, name: replicaName(part, index + 1) })),
  )
  const controlPlanes = workloads.find(({ kind }) => kind === 'control-plane')?.replicas ?? 1
  const ports = await freePorts(8 + controlPlanes + 4 * replicas.length)
  const next = (): number => ports.pop() ?? 0
  const doors = new Map(
    replicas.map(({ part, name }): [string, Doors] => [
      name,
      placementOf(part, placement) === 'process'
        ? { placement: 'process', admin: next(), outbound: next(), app: next(), appAdmin: next() }
        : { placement: 'embedded', admin: next() },
    ]),
  )
  return {
    postgres: next(),
    nats: next(),
    natsMonitor: next(),
    acquirer: next(),
    acquirerAdmin: next(),
    mailboxSmtp: next(),
    mailboxHttp: next(),
    mailboxAdmin: next(),
    controlPlanes: Array.from({ length: controlPlanes }, next),
    doors,
  }
}

/** The gateway's own sidecar stays embedded: the public port's stack delivers to the gateway in process. */
export function placementOf(workload: Workload, wanted: Placement): Placement {
  return workload.edge ? 'embedded' : wanted
}
