/**
 * Holds the leases of all replicas that have no sidecar here, each renewed as a sidecar renews its own, and lets replicas come and go when it is asked to.
 * `node leases-program.ts '{fleet settings}'`
 */
import { sidecarSettingsShape, type SidecarLog } from '@meshmart/sidecar'
import { connectNats, Lease, obtainIdentity } from '@meshmart/sidecar/internal'
import { z } from 'zod'
import { REPLICAS, serviceAt } from './large-mesh.ts'
import type { FleetSettings } from './simulated-sidecar.ts'
import { LEASE_HOLDER, tokenFile } from './users.ts'

/** Changes in a second (a replica that goes and one that comes are two), for so many seconds. */
export interface Churn {
  readonly perSecond: number
  readonly seconds: number
}
export interface Churned {
  readonly changes: number
  readonly seconds: number
}

const silent = (): void => undefined
const complain = (message: string, fields?: object): void =>
  void process.stderr.write(`${message} ${JSON.stringify(fields ?? {})}\n`)
const log: SidecarLog = { level: 'warn', debug: silent, info: silent, warn: complain, error: complain }
const fleet = JSON.parse(process.argv[2] ?? '') as FleetSettings
const nats = await connect()
/** By name of the replica. */
const leases = new Map<string, { readonly lease: Lease; readonly service: number }>()
await holdAll()
process.on('message', (churn: Churn) => {
  void keepChanging(churn).then((churned) => process.send?.(churned))
})
process.on('disconnect', () => process.exit())
process.send?.('started')

async function connect(): ReturnType<typeof connectNats> {
  const { namespace, name } = LEASE_HOLDER
  const settings = z.object(sidecarSettingsShape).parse({
    MESH_WORKLOAD: name,
    MESH_NAMESPACE: namespace,
    MESH_INSTANCE: `${name}-1`,
    MESH_CONTROL_PLANE_URL: fleet.controlPlaneUrl,
    MESH_ROOT_CERT_FILE: `${fleet.secrets}/public/root.pem`,
    MESH_JOIN_TOKEN_FILE: tokenFile(fleet.secrets, LEASE_HOLDER),
    MESH_NATS_URL: fleet.natsUrl,
  })
  const { identity } = await obtainIdentity(settings, null, log, 30_000)
  return connectNats({ url: fleet.natsUrl, workload: name, instance: `${name}-1`, identity }, log)
}

async function holdAll(): Promise<void> {
  const { services, sidecars } = fleet.size
  for (let service = 0; service < services; service++) {
    const replicas = Array.from({ length: REPLICAS }, (_, place) => place + 1)
    // The first one is a sidecar's own.
    const mine = service < sidecars ? replicas.slice(1) : replicas
    await Promise.all(mine.map((replica) => hold(service, `${serviceAt(service).name}-${replica}`, replica)))
  }
}

async function hold(service: number, instance: string, replica: number): Promise<void> {
  const { namespace, name } = serviceAt(service)
  const lease = new Lease(nats, namespace, name, endpointOf(service, instance, replica), log)
  leases.set(instance, { lease, service })
  await lease.begin()
}

function endpointOf(service: number, instance: string, replica: number) {
  return {
    instance,
    address: `10.${service >> 8}.${service & 255}.${replica}`,
    ports: { '80': 8_080 },
    portNames: { '80': 'http' },
    transport: 'mtls' as const,
    labels: { version: replica === 3 ? 'v2' : 'v1', app: serviceAt(service).name },
    locality: '',
    weight: 1,
    since: Date.now(),
  }
}

/** The third replica of one service after the other is replaced by a new one, at a constant rate whatever the answers take. */
async function keepChanging({ perSecond, seconds }: Churn): Promise<Churned> {
  const began = performance.now()
  const third = new Map([...leases].flatMap(([name, { service }]) => (name.endsWith('-3') ? [[service, name]] : [])))
  const everybody = [...third.keys()]
  const work: Promise<void>[] = []
  const total = (perSecond * seconds) / 2
  for (let turn = 0; turn < total; turn++) {
    const due = began + (turn * 2_000) / perSecond
    const early = due - performance.now()
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
    // 7 has no divisor in common with the number of services: each comes in its turn, and neighbours do not.
    const service = everybody[(turn * 7) % everybody.length]!
    const [old, young] = [third.get(service)!, `${serviceAt(service).name}-new-${turn}`]
    third.set(service, young)
    work.push(replace(service, old, young))
  }
  await Promise.all(work)
  return { changes: total * 2, seconds: (performance.now() - began) / 1_000 }
}

async function replace(service: number, old: string, young: string): Promise<void> {
  const before = leases.get(old)
  leases.delete(old)
  await hold(service, young, REPLICAS)
  await before?.lease.end(5_000)
}
