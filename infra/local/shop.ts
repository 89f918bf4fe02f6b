/** Starts all parts of the topology as soon as what they wait for is ready, and stops them in the opposite order. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Child, lastLines } from './child.ts'
import {
  launchControlPlane,
  launchNats,
  launchOutsider,
  launchPostgres,
  launchService,
  launchSidecar,
  runTask,
  type Launch,
  type Machine,
} from './launch.ts'
import type { Lock } from './lock.ts'
import { clone } from './settings.ts'
import { outsiders, replicaName, topology, workloads, type Part, type Workload } from './topology.ts'

const READY_WITHIN_MS = 90_000
/** As Ctrl-C promises: 5 s with some reserve. */
const ALL_WITHIN_MS = 4800
/** Together they stay below that. What the others leave of it is PostgreSQL's: killed, it would have to recover at the next start. */
const PATIENCE_MS: Record<string, number> = {
  gateway: 1200,
  service: 1500,
  'control-plane': 600,
  outsider: 600,
  nats: 600,
  postgres: 900,
}
/** Of a service's patience: its sidecar process leaves the registry and finishes what is in flight; what is left is the application's, which is idle by then. */
const SIDECAR_PATIENCE_MS = 1000

export class Shop {
  readonly #machine: Machine
  readonly #lock: Lock
  readonly #verbose: boolean
  /** By part, its replicas; each one's processes in the order in which they stop. */
  readonly #replicas = new Map<string, Child[][]>()
  readonly #started = performance.now()
  #crash: (error: Error) => void = () => undefined
  /** Rejects when a child cannot be kept running. */
  readonly crashed: Promise<never>

  constructor(machine: Machine, lock: Lock, verbose: boolean) {
    this.#machine = machine
    this.#lock = lock
    this.#verbose = verbose
    this.crashed = new Promise((_, reject) => (this.#crash = reject))
    this.crashed.catch(() => undefined) // whoever awaits it hears of it; before that it is no unhandled rejection
  }

  async start(): Promise<void> {
    const ready = new Map<string, Promise<void>>()
    for (const part of topology) {
      const before = part.waitsFor.map((name) => ready.get(name)!)
      const done = Promise.all(before).then(() => this.#startPart(part))
      done.catch(() => undefined) // reported by whoever waits for it, at the latest by Promise.all below
      ready.set(part.name, done)
    }
    await Promise.race([Promise.all(ready.values()), this.crashed])
  }

  async stop(): Promise<void> {
    const until = performance.now() + ALL_WITHIN_MS
    const stopPart = async (name: string, kind: string, atLeastMs = 0) => {
      const replicas = this.#replicas.get(name) ?? []
      const patienceMs = Math.max(PATIENCE_MS[name] ?? PATIENCE_MS[kind] ?? 1000, atLeastMs)
      await Promise.all(replicas.map((processes) => stopInOrder(processes, patienceMs)))
    }
    await stopPart('gateway', 'service')
    await Promise.all(workloads.filter((part) => part.kind === 'service').map((part) => stopPart(part.name, part.kind)))
    await Promise.all([
      stopPart('control-plane', 'control-plane'),
      ...outsiders.map(({ name, kind }) => stopPart(name, kind)),
    ])
    await stopPart('nats', 'nats')
    await stopPart('postgres', 'postgres', until - performance.now())
  }

  async #startPart(part: Part): Promise<void> {
    const { home, ports } = this.#machine
    if (part.kind === 'task') {
      const args =
        part.name === 'secrets'
          ? [join(clone, 'apps/control-plane/dist/init.js'), '--out', join(home.secrets, 'mesh')]
          : [join(import.meta.dirname, 'databases.ts'), String(ports.postgres), home.secrets]
      await runTask(part.name, args, this.#machine)
      return
    }
    if (part.kind === 'postgres')
      await this.#startReplica(part.name, [[part.name, await launchPostgres(this.#machine)]])
    else if (part.kind === 'nats') await this.#startReplica(part.name, [[part.name, await launchNats(this.#machine)]])
    else if (part.kind === 'outsider')
      await this.#startReplica(part.name, [[part.name, launchOutsider(part, this.#machine)]])
    else {
      const replicas = Array.from({ length: part.replicas }, (_, index) => index + 1)
      await Promise.all(replicas.map((replica) => this.#startReplica(part.name, this.#processesOf(part, replica))))
    }
    this.#machine.say(`${((performance.now() - this.#started) / 1000).toFixed(1).padStart(5)} s  ${part.name} is ready`)
  }

  /** In the order in which they stop. */
  #processesOf(part: Workload, replica: number): [name: string, launch: Launch][] {
    const name = replicaName(part, replica)
    if (part.kind === 'control-plane') return [[name, launchControlPlane(part, replica, this.#machine)]]
    const doors = this.#machine.ports.doors.get(name)
    if (doors === undefined) throw new Error(`${name} was given no ports`)
    const service: [string, Launch] = [name, launchService(part, replica, doors, this.#machine)]
    if (doors.placement === 'embedded') return [service]
    return [[`${name}-sidecar`, launchSidecar(part, replica, doors, this.#machine)], service]
  }

  /** All its processes at once: they wait for each other by themselves. */
  async #startReplica(part: string, processes: [name: string, launch: Launch][]): Promise<void> {
    const children = processes.map(([name, launch]) => this.#child(name, launch))
    this.#replicas.set(part, [...(this.#replicas.get(part) ?? []), children])
    for (const child of children) child.start()
    await Promise.all(processes.map(([name, launch]) => this.#untilReady(name, launch)))
  }

  #child(name: string, launch: Launch): Child {
    const child = new Child({
      ...launch,
      name,
      logFile: this.#logFile(name),
      verbose: this.#verbose,
      onStarted: (pid) => this.#lock.add(name, pid),
      say: this.#machine.say,
    })
    child.whenGivenUp().catch((error: Error) => this.#crash(error))
    return child
  }

  async #untilReady(name: string, { ready }: Launch): Promise<void> {
    const logFile = this.#logFile(name)
    for (let waited = 0; !(await ready()); waited += 50) {
      if (waited > READY_WITHIN_MS)
        throw new Error(
          `${name} was not ready within ${READY_WITHIN_MS / 1000} s.\n${lastLines(logFile, 12)}\nRemedy: read ${logFile}`,
        )
      await sleep(50)
    }
  }

  #logFile(name: string): string {
    return join(this.#machine.home.logs, `${name}.log`)
  }
}

async function stopInOrder(processes: readonly Child[], patienceMs: number): Promise<void> {
  const until = performance.now() + patienceMs
  for (const [index, child] of processes.entries()) {
    const isLast = index === processes.length - 1
    await child.stop(isLast ? until - performance.now() : Math.min(SIDECAR_PATIENCE_MS, patienceMs))
  }
}
