/** Does to the running shop what the schedule says, and undoes what must be undone. Only processes that this shop's starter names are touched. */
import { setTimeout as sleep } from 'node:timers/promises'
import { pidsOf } from '../testing/processes.ts'
import { collides, describeFault, type Fault } from './schedule.ts'

export interface FaultDone {
  readonly fault: Fault
  /** Milliseconds from the beginning; -1 where it found nobody to hit. */
  readonly atMs: number
}

const SIGNALS = { kill: 'SIGKILL', restart: 'SIGTERM', freeze: 'SIGSTOP' } as const

export class Faults {
  readonly #home: string
  readonly #elapsedMs: () => number
  readonly #say: (line: string) => void
  readonly done: FaultDone[] = []
  #frozen: { fault: Fault; pid: number }[] = []
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

  /** Until the last one is over, those that last included; rejects when `signal` aborts. */
  async run(schedule: readonly Fault[], signal: AbortSignal): Promise<void> {
    const thawing: Promise<void>[] = []
    for (const fault of schedule) {
      await sleep(Math.max(0, fault.atMs - this.#elapsedMs()), undefined, { signal })
      while (
        collides(
          fault,
          this.#frozen.map((each) => each.fault),
        )
      )
        await sleep(100, undefined, { signal })
      const over = this.#begin(fault)
      if (over !== null) thawing.push(over)
    }
    await Promise.all(thawing)
  }

  /** Leaves nobody frozen, whatever became of the run. */
  thawAll(): void {
    for (const { pid } of this.#frozen.splice(0)) send(pid, 'SIGCONT')
  }

  #begin(fault: Fault): Promise<void> | null {
    const { kind, forMs } = fault
    if (kind === 'acquirer-silent') {
      this.#silentUntilMs = this.#elapsedMs() + forMs
      this.#note(fault, true)
      return sleep(forMs)
    }
    const pid = this.#pidOf(fault)
    const hit = pid !== undefined && send(pid, SIGNALS[kind])
    this.#note(fault, hit)
    if (!hit || kind !== 'freeze') return null
    const frozen = { fault, pid }
    this.#frozen.push(frozen)
    return sleep(forMs).then(() => {
      this.#frozen = this.#frozen.filter((each) => each !== frozen)
      send(pid, 'SIGCONT')
    })
  }

  #pidOf({ target, replica }: Fault): number | undefined {
    const pids = pidsOf(this.#home)
    return pids[`${target}-${replica}`] ?? pids[target]
  }

  #note(fault: Fault, hit: boolean): void {
    const atMs = this.#elapsedMs()
    this.done.push({ fault, atMs: hit ? atMs : -1 })
    const what = `${describeFault(fault)}${hit ? '' : ' (it was down already)'}`
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
