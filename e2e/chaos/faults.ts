/** Does to the running shop what the schedule says, and undoes what must be undone. Only processes that this shop's starter names are touched. */
import { setTimeout as sleep } from 'node:timers/promises'
import { pidsOf } from '../testing/processes.ts'
import { processesOf } from '../testing/replicas.ts'
import { cutOff, mend } from './partition.ts'
import { describeFault, type Fault } from './schedule.ts'

export interface FaultDone {
  readonly fault: Fault
  /** Milliseconds from the beginning; -1 where it found nobody to hit. */
  readonly atMs: number
}

/** Told by SIGTERM, PostgreSQL would wait until every pool has let go of its last connection, and begin no new ones meanwhile: that is no restart. */
const FAST_SHUTDOWN = 'SIGINT'

export class Faults {
  readonly #home: string
  readonly #elapsedMs: () => number
  readonly #say: (line: string) => void
  readonly done: FaultDone[] = []
  readonly #ended = new AbortController()
  #silentUntilMs = 0

  constructor(home: string, elapsedMs: () => number, say: (line: string) => void) {
    this.#home = home
    this.#elapsedMs = elapsedMs
    this.#say = say
  }

  /** While it lasts, buyers pay with the card that charges and never answers. */
  get acquirerIsSilent(): boolean {
    return this.#elapsedMs() < this.#silentUntilMs
  }

  /** Until the last one is over, those that last included; rejects when `signal` aborts, and where something could not be mended. */
  async run(schedule: readonly Fault[], signal: AbortSignal): Promise<void> {
    const lasting: Promise<void>[] = []
    for (const fault of schedule) {
      await sleep(Math.max(0, fault.atMs - this.#elapsedMs()), undefined, { signal })
      const over = this.#begin(fault)
      over.catch(() => undefined) // whoever awaits them all below hears of it
      lasting.push(over)
    }
    await Promise.all(lasting)
  }

  /** Leaves nobody frozen, whatever became of the run. */
  end(): void {
    this.#ended.abort()
  }

  /** Resolves when it is over. */
  async #begin(fault: Fault): Promise<void> {
    const { kind, forMs, target } = fault
    switch (kind) {
      case 'kill':
        return this.#note(fault, this.#signal(this.#pidOf(fault), 'SIGKILL'))
      case 'restart':
        return this.#note(fault, this.#signal(this.#pidOf(fault), target === 'postgres' ? FAST_SHUTDOWN : 'SIGTERM'))
      case 'freeze':
        return this.#freeze(fault, [this.#pidOf(fault)])
      case 'expire-certificate':
        // All of its processes, as on a machine that sleeps: the certificate is its sidecar's, wherever that runs.
        return this.#freeze(
          fault,
          processesOf(this.#home, `${target}-${fault.replica}`).map((name) => pidsOf(this.#home)[name]),
        )
      case 'acquirer-silent':
        this.#silentUntilMs = this.#elapsedMs() + forMs
        this.#note(fault, true)
        return this.#pass(forMs)
      case 'partition':
        return this.#partition(fault)
    }
  }

  async #freeze(fault: Fault, pids: readonly (number | undefined)[]): Promise<void> {
    const hit = pids.filter((pid): pid is number => this.#signal(pid, 'SIGSTOP'))
    this.#note(fault, hit.length > 0)
    if (hit.length === 0) return
    try {
      await this.#pass(fault.forMs)
    } finally {
      for (const pid of hit) send(pid, 'SIGCONT')
    }
  }

  async #partition(fault: Fault): Promise<void> {
    const { signal } = this.#ended
    const hit = await cutOff(this.#home, fault.target, signal)
    this.#note(fault, hit)
    if (hit) await this.#pass(fault.forMs)
    await mend(this.#home, fault.target, signal)
  }

  /** @throws where all ends early */
  #pass(forMs: number): Promise<void> {
    return sleep(forMs, undefined, { signal: this.#ended.signal })
  }

  #signal(pid: number | undefined, name: NodeJS.Signals): boolean {
    return pid !== undefined && send(pid, name)
  }

  #pidOf({ target, replica }: Fault): number | undefined {
    const pids = pidsOf(this.#home)
    return pids[`${target}-${replica}`] ?? pids[target]
  }

  #note(fault: Fault, hit: boolean): void {
    const atMs = this.#elapsedMs()
    this.done.push({ fault, atMs: hit ? atMs : -1 })
    const what = `${describeFault(fault)}${hit ? '' : ' (nobody was there to be hit)'}`
    this.#say(`${(atMs / 1000).toFixed(1).padStart(6)} s  ${what}`)
  }
}

/** False where the process has gone: between reading its pid and now it may have. */
function send(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
