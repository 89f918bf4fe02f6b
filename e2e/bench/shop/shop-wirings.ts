/** The same shop in two wirings: behind embedded sidecars, as `npm start` runs it, and with every call going straight to the other service's port. */
import { join } from 'node:path'
import { ACQUIRER_HOST } from '@meshmart/contracts'
import { freePorts } from '@meshmart/sidecar/internal'
import { clone } from '../../testing/shop-under-test.ts'
import { pin } from '../harness/cores.ts'
import { listens } from '../harness/listens.ts'
import { untilReady, type SpawnedProcess } from '../harness/processes.ts'
import type { Bench, Running } from '../harness/subject.ts'
import { openBackstage, type Backstage } from './backstage.ts'
import type { DirectWiring } from './direct/direct-dispatcher.ts'
import type { Doors, Workload } from './local-machine.ts'

export interface ShopWiring {
  readonly name: string
  readonly meshed: boolean
}
export const direct: ShopWiring = { name: 'direct', meshed: false }
export const embedded: ShopWiring = { name: 'sidecars embedded', meshed: true }

interface Replica {
  readonly name: string
  readonly workload: Workload
  readonly number: number
  readonly doors: Doors
}
/** The mesh's example has no part in the journeys. */
const SERVICES = ['inventory', 'payments', 'orders', 'gateway']
/** As everywhere in the benchmarks; `npm start` keeps every trace. */
const SAMPLING = '0.01'
/** As patient as `npm start` and more: two shops begin at once. */
const READY_WITHIN_S = 150

/** All Node processes of the services are on the measured core; what they work with is on the load core. */
export async function startShopWired({ name, meshed }: ShopWiring, bench: Bench): Promise<Running> {
  const began = performance.now()
  const progress = (what: string): void =>
    bench.say(`${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s  ${name.padEnd(17)} ${what}`)
  const backstage = await openBackstage(`shop-${meshed ? 'embedded' : 'direct'}`, bench)
  progress('PostgreSQL, NATS and the control plane are ready')
  const replicas = await replicasOf(backstage, meshed)
  const portsOf = (service: string): number[] =>
    replicas.flatMap(({ workload, doors }) =>
      workload.name === service && doors.placement === 'process' ? [doors.app] : [],
    )
  const wiring = meshed
    ? { MESH_TRACE_SAMPLING: SAMPLING }
    : { DIRECT_WIRING: JSON.stringify(directWiring(backstage, portsOf)) }
  const children = replicas.map((replica) => startReplica(replica, meshed, wiring, backstage, bench))
  await Promise.all(replicas.map((replica, index) => untilOpen(replica, children[index]!, backstage, `${name}: `)))
  progress('the services are ready')
  for (const { pid } of children) pin(pid, bench.cores.proxy)
  return {
    port: backstage.publicPort,
    host: 'shop',
    pids: children.map(({ pid }) => pid),
    accessLogs: replicas.map((each) => logOf(each, backstage)),
    metrics: null,
    traces: false,
    mtls: null,
    stop: async () => {
      await Promise.all(children.map((child) => child.stop()))
      await backstage.stop()
    },
  }
}

function directWiring({ machine }: Backstage, portsOf: (service: string) => number[]): DirectWiring {
  return {
    services: Object.fromEntries(SERVICES.map((each) => [each, portsOf(each)])),
    outside: {
      host: ACQUIRER_HOST,
      port: machine.ports.acquirer,
      caFile: join(machine.home.secrets, 'mesh/public/acquirer.pem'),
    },
  }
}

async function replicasOf({ local }: Backstage, meshed: boolean): Promise<Replica[]> {
  const all = local.workloads
    .filter(({ name }) => SERVICES.includes(name))
    .flatMap((workload) => Array.from({ length: workload.replicas }, (_, index) => ({ workload, number: index + 1 })))
  const ports = await freePorts(4 * all.length)
  const next = (): number => ports.pop()!
  return all.map(({ workload, number }) => ({
    name: `${workload.name}-${number}`,
    workload,
    number,
    doors:
      meshed || workload.name === 'gateway'
        ? { placement: 'embedded', admin: next() }
        : { placement: 'process', admin: next(), outbound: next(), app: next(), appAdmin: next() },
  }))
}

const logOf = ({ name }: Replica, { machine }: Backstage): string => join(machine.home.logs, `${name}.log`)

/** With the flags and the environment of infra/local/launch.ts. */
function startReplica(
  replica: Replica,
  meshed: boolean,
  wiring: Record<string, string>,
  backstage: Backstage,
  bench: Bench,
): SpawnedProcess {
  const { workload, number, doors } = replica
  const { local, machine } = backstage
  const unmeshed = meshed ? [] : ['--import', join(import.meta.dirname, 'direct/register.ts')]
  // In one file there would be no import of the sidecar to put another one in its place; so both wirings run what the one file is made of.
  const entry = workload.entry.replace('/dist/', '/dist/unbundled/')
  const args = [...unmeshed, '--max-semi-space-size=4', join(clone, entry)]
  return bench.processes.start(process.execPath, args, {
    core: [bench.cores.load, bench.cores.proxy], // while it starts
    log: logOf(replica, backstage),
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      MALLOC_ARENA_MAX: '2',
      MALLOC_TRIM_THRESHOLD_: '131072',
      NODE_COMPILE_CACHE: join(machine.home.cache, 'compile'),
      ...local.serviceEnvironment(workload, number, doors, machine),
      STOREFRONT_DIR: join(clone, 'apps/storefront/dist'),
      ...wiring,
    },
  })
}

async function untilOpen(replica: Replica, child: SpawnedProcess, backstage: Backstage, who: string): Promise<void> {
  const { doors, workload } = replica
  const open = (): Promise<boolean> => {
    if (workload.name === 'gateway') return listens(backstage.publicPort)
    if (doors.placement === 'process') return listens(doors.app)
    return backstage.local.answers(`http://127.0.0.1:${doors.admin}/healthz/ready`)
  }
  await untilReady(`${who}${replica.name}`, child, logOf(replica, backstage), open, READY_WITHIN_S)
}
