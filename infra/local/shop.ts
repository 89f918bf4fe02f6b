/** Starts all parts of the topology as soon as what they wait for is ready, and stops them in the opposite order. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Child, lastLines } from './child.ts'
import { launchNats, launchPostgres, launchWorkload, runTask, type Launch, type Machine } from './launch.ts'
import type { Lock } from './lock.ts'
import { freePorts } from './ports.ts'
import { clone } from './settings.ts'
import { topology, workloads, type Part } from './topology.ts'

const READY_WITHIN_MS = 90_000
/** As Ctrl-C promises: 5 s with some reserve. */
const ALL_WITHIN_MS = 4800
/** Together they stay below that. What the others leave of it is PostgreSQL's: killed, it would have to recover at the next start. */
const PATIENCE_MS: Record<string, number> = {
  gateway: 1200,
  service: 1500,
  'control-plane': 600,
  nats: 600,
  postgres: 900,
}

export class Shop {
  readonly #machine: Machine
  readonly #lock: Lock
  readonly #verbose: boolean
  readonly #children = new Map<string, Child[]>()
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
      const children = this.#children.get(name) ?? []
      const patienceMs = Math.max(PATIENCE_MS[name] ?? PATIENCE_MS[kind] ?? 1000, atLeastMs)
      await Promise.all(children.map((child) => child.stop(patienceMs)))
    }
    await stopPart('gateway', 'service')
    await Promise.all(workloads.filter((part) => part.kind === 'service').map((part) => stopPart(part.name, part.kind)))
    await stopPart('control-plane', 'control-plane')
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
    if (part.kind === 'postgres') await this.#startChild(part.name, part.name, await launchPostgres(this.#machine))
    else if (part.kind === 'nats') await this.#startChild(part.name, part.name, await launchNats(this.#machine))
    else {
      const adminPorts = await freePorts(part.replicas)
      await Promise.all(
        adminPorts.map((adminPort, index) => {
          const name = part.kind === 'control-plane' ? part.name : `${part.name}-${index + 1}`
          return this.#startChild(part.name, name, launchWorkload(part, index + 1, this.#machine, adminPort))
        }),
      )
    }
    this.#machine.say(`${((performance.now() - this.#started) / 1000).toFixed(1).padStart(5)} s  ${part.name} is ready`)
  }

  async #startChild(part: string, name: string, launch: Launch): Promise<void> {
    const logFile = join(this.#machine.home.logs, `${name}.log`)
    const child = new Child({
      ...launch,
      name,
      logFile,
      verbose: this.#verbose,
      onStarted: (pid) => this.#lock.add(name, pid),
      say: this.#machine.say,
    })
    this.#children.set(part, [...(this.#children.get(part) ?? []), child])
    child.whenGivenUp().catch((error: Error) => this.#crash(error))
    child.start()
    for (let waited = 0; !(await launch.ready()); waited += 50) {
      if (waited > READY_WITHIN_MS)
        throw new Error(
          `${name} was not ready within ${READY_WITHIN_MS / 1000} s.\n${lastLines(logFile, 12)}\nRemedy: read ${logFile}`,
        )
      await sleep(50)
    }
  }
}
