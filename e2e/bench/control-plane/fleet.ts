/** The simulated sidecars and the holder of leases, in processes of their own, as the bench sees them. */
import { fork, type ChildProcess } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Churn, Churned } from './leases-program.ts'
import type { MeshSize } from './large-mesh.ts'
import type { Arrivals, SidecarsCommand } from './sidecars-program.ts'
import type { FleetSettings } from './simulated-sidecar.ts'
import type { Stage } from './stage.ts'

const SIDECARS_IN_A_PROCESS = 50

export class Fleet {
  readonly #sidecars: readonly ChildProcess[]
  readonly #holder: ChildProcess

  private constructor(sidecars: readonly ChildProcess[], holder: ChildProcess) {
    this.#sidecars = sidecars
    this.#holder = holder
  }

  /** Once every replica has its lease and every sidecar knows the hosts that it calls. */
  static async start(stage: Stage, size: MeshSize): Promise<Fleet> {
    const { secrets, nats, controlPlane } = stage
    const settings: FleetSettings = { size, secrets, natsUrl: nats.url, controlPlaneUrl: controlPlane.url }
    const holder = await startChild(stage, 'leases-program.ts', settings)
    const parts = Array.from({ length: Math.ceil(size.sidecars / SIDECARS_IN_A_PROCESS) }, (_, part) => {
      const from = part * SIDECARS_IN_A_PROCESS
      const to = Math.min(from + SIDECARS_IN_A_PROCESS, size.sidecars)
      return startChild(stage, 'sidecars-program.ts', { fleet: settings, from, to } satisfies SidecarsCommand)
    })
    return new Fleet(await Promise.all(parts), holder)
  }

  get pids(): number[] {
    return this.#sidecars.map(({ pid }) => pid ?? 0)
  }

  /** What has arrived since the question before. */
  async arrivals(): Promise<Arrivals> {
    const parts = await Promise.all(this.#sidecars.map((child) => ask<Arrivals>(child, 'arrivals')))
    return {
      received: Object.assign({}, ...parts.map(({ received }) => received)) as Arrivals['received'],
      lagsMs: parts.flatMap(({ lagsMs }) => lagsMs),
    }
  }

  churn(churn: Churn): Promise<Churned> {
    return ask<Churned>(this.#holder, churn)
  }

  stop(): void {
    for (const child of [...this.#sidecars, this.#holder]) child.disconnect()
  }
}

async function startChild({ folder, processes }: Stage, program: string, settings: object): Promise<ChildProcess> {
  const file = join(folder, `${program}.output`)
  const log = openSync(file, 'a')
  const child = fork(join(import.meta.dirname, program), [JSON.stringify(settings)], {
    stdio: ['ignore', log, log, 'ipc'],
  })
  processes.adopt(child)
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', (code) =>
      reject(new Error(`${program} ended with ${code}:\n${readFileSync(file, 'utf8').slice(-2_000)}`)),
    )
  })
  return child
}

function ask<T>(child: ChildProcess, question: string | object): Promise<T> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null): void => reject(new Error(`a process of the fleet ended with ${code}`))
    child.once('exit', gone)
    child.once('message', (answer) => {
      child.off('exit', gone)
      resolve(answer as T)
    })
    child.send(question)
  })
}
