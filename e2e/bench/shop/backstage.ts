/** What stands behind a shop under measurement, as `npm start` runs it, on the load core: PostgreSQL with fresh databases, NATS, the control plane. */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from '@meshmart/sidecar/internal'
import { clone, wipe } from '../../testing/shop-under-test.ts'
import { untilReady, type SpawnedProcess } from '../harness/processes.ts'
import type { Bench } from '../harness/subject.ts'
import { localMachine, type Launch, type LocalMachine, type Machine } from './local-machine.ts'

export interface Backstage {
  readonly local: LocalMachine
  readonly machine: Machine
  readonly publicPort: number
  stop(): Promise<void>
}

/** @param name of the shop: its data and its logs lie in a folder of this name */
export async function openBackstage(name: string, bench: Bench): Promise<Backstage> {
  const local = await localMachine()
  const home = join(bench.folder, name)
  const free = await freePorts(10)
  const next = (): number => free.pop()!
  const publicPort = next()
  const settings = local.readSettings({ MESHMART_HOME: home, PUBLIC_PORT: String(publicPort) })
  const ports = {
    postgres: next(),
    nats: next(),
    natsMonitor: next(),
    controlPlanes: [next()],
    acquirer: next(),
    acquirerAdmin: next(),
    mailboxSmtp: next(),
    mailboxHttp: next(),
    mailboxAdmin: next(),
  }
  const machine: Machine = { settings, home: local.homeOf(settings), ports, say: bench.say }
  mkdirSync(machine.home.logs, { recursive: true })
  bench.processes.atEnd(() => wipe(home))
  const running: SpawnedProcess[] = []
  const start = async (part: string, launch: Launch): Promise<void> => {
    running.push(await startPart(part, launch, machine, bench))
  }
  const { secrets } = machine.home
  await local.runTask(
    'secrets',
    [join(clone, 'apps/control-plane/dist/init.js'), '--out', join(secrets, 'mesh')],
    machine,
  )
  local.prepareAcquirer(machine.home, ports.acquirer)
  local.prepareMailbox(machine.home, ports.mailboxHttp)
  local.secret(join(secrets, 'session'))
  local.secret(join(secrets, 'demo-password'))
  await start('postgres', await local.launchPostgres(machine))
  await start('nats', await local.launchNats(machine))
  await local.runTask('databases', [join(clone, 'infra/local/databases.ts'), String(ports.postgres), secrets], machine)
  for (const outsider of local.topology.filter(({ kind }) => kind === 'outsider'))
    await start(outsider.name, local.launchOutsider(outsider, machine))
  const brain = local.workloads.find(({ kind }) => kind === 'control-plane')!
  await start(brain.name, local.launchControlPlane(brain, 1, machine))
  return {
    local,
    machine,
    publicPort,
    stop: async () => {
      for (const each of running.toReversed()) await each.stop()
    },
  }
}

/** Children are where this program is: on the load core. */
async function startPart(name: string, launch: Launch, { home }: Machine, bench: Bench): Promise<SpawnedProcess> {
  const file = join(home.logs, `${name}.log`)
  const log = openSync(file, 'a')
  const started = bench.processes.adopt(launch.spawn(['ignore', log, log]), launch.signal)
  closeSync(log)
  await untilReady(name, started, file, launch.ready)
  return started
}
