/**
 * What is broken when: a pure function of the seed, so that a run that found something can be had again. Faults come at least every five seconds and may
 * overlap, as troubles do; but never is every replica of one service stopped by us at once, for then the question would be another one.
 */

export const REPLICATED = ['orders', 'payments', 'inventory'] as const
export const SINGLE = ['gateway', 'control-plane', 'nats', 'postgres'] as const

export type FaultKind =
  /** SIGKILL: gone at whatever instruction it was. */
  | 'kill'
  /** SIGSTOP, later SIGCONT: there, and silent; connections stay open. */
  | 'freeze'
  /** SIGTERM: leaves in order and is started again. */
  | 'restart'
  /** The acquirer charges and does not answer. */
  | 'acquirer-silent'

export interface Fault {
  /** Milliseconds from the beginning. */
  readonly atMs: number
  readonly kind: FaultKind
  /** Service whose replica it hits; `acquirer` for its own fault. */
  readonly target: string
  /** Which of the replicas, from 1. */
  readonly replica: number
  /** How long it lasts, where we end it ourselves; else 0. */
  readonly forMs: number
}

const FIRST_MS = 3_000
const EVERY_AT_MOST_MS = 5_000
const EVERY_AT_LEAST_MS = 1_500
/** Longer than every timeout on the way, so that a frozen process really is given up. */
const FREEZE_MS = [800, 8_000] as const
const SILENT_MS = [2_000, 6_000] as const

/** @param random in [0, 1) */
export function scheduleOf(durationMs: number, random: () => number): Fault[] {
  const between = (least: number, most: number): number => Math.round(least + random() * (most - least))
  const oneOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!
  const faults: Fault[] = []
  for (let atMs = FIRST_MS; atMs < durationMs; atMs += between(EVERY_AT_LEAST_MS, EVERY_AT_MOST_MS)) {
    faults.push(oneFault(atMs))
  }
  return faults

  function oneFault(atMs: number): Fault {
    const dice = random()
    if (dice < 0.08) {
      return { atMs, kind: 'acquirer-silent', target: 'acquirer', replica: 1, forMs: between(...SILENT_MS) }
    }
    if (dice < 0.28) {
      // PostgreSQL and NATS have one process each: a frozen one stops everything, and says nothing about the services.
      return { atMs, kind: oneOf(['kill', 'restart']), target: oneOf(SINGLE), replica: 1, forMs: 0 }
    }
    const kind = oneOf(['kill', 'kill', 'freeze', 'restart'] as const)
    const target = oneOf(REPLICATED)
    return { atMs, kind, target, replica: between(1, 2), forMs: kind === 'freeze' ? between(...FREEZE_MS) : 0 }
  }
}

/** Whether a fault must wait, because another one of ours still holds the other replica of its service. */
export function collides(fault: Fault, frozen: readonly Fault[]): boolean {
  return frozen.some(({ target, replica }) => target === fault.target && replica !== fault.replica)
}

/** `kill inventory-2`, as a person would say it. */
export function describeFault({ kind, target, replica, forMs }: Fault): string {
  const what = (REPLICATED as readonly string[]).includes(target) ? `${target}-${replica}` : target
  return `${kind} ${what}${forMs > 0 ? ` for ${(forMs / 1000).toFixed(1)} s` : ''}`
}
