/**
 * What is broken when: a pure function of the seed, so that a run that found something can be had again. Faults come at least every five seconds and may
 * overlap, as troubles do; but never is every replica of one service stopped by us at once, for then the question would be another one: while something lasts
 * at one target, the others have their turn.
 *
 * Kinds are dealt like cards from a shuffled deck and not drawn by dice: a run that lasts for a deck (three minutes do) has every kind in it.
 */

const SERVICES = ['orders', 'payments', 'inventory'] as const
const SINGLE = ['nats', 'postgres'] as const
/** What there is to break, and how many of it: as infra/local/topology.ts has it. */
export const REPLICAS = {
  orders: 2,
  payments: 2,
  inventory: 2,
  'control-plane': 2,
  gateway: 2,
  nats: 1,
  postgres: 1,
  acquirer: 1,
} as const
export type Target = keyof typeof REPLICAS

export type FaultKind =
  /** SIGKILL: gone at whatever instruction it was. */
  | 'kill'
  /** SIGSTOP, later SIGCONT: there, and silent; connections stay open. */
  | 'freeze'
  /** SIGTERM: leaves in order and is started again. */
  | 'restart'
  /** Nobody reaches the service: the sidecars of its callers answer 503 in its place. A fault of the route is never retried by the mesh; the callers must. */
  | 'partition'
  /**
   * A replica sleeps for longer than its certificate lives, as a laptop with its lid closed does. It wakes up with nothing valid in its hand and must prove
   * itself anew with its token, while its peers refuse what it shows. This is how one certificate runs out; to keep all from being renewed one would have to
   * stop both control planes for half a minute, and then nobody could talk to anybody: a blackout, which has no answer but waiting.
   */
  | 'expire-certificate'
  /** The acquirer charges and does not answer. */
  | 'acquirer-silent'

export interface Fault {
  /** Milliseconds from the beginning. */
  readonly atMs: number
  readonly kind: FaultKind
  readonly target: Target
  /** Which of the replicas, from 1; of no meaning for a partition, which is of all. */
  readonly replica: number
  /** How long it lasts, where we end it ourselves; else 0. */
  readonly forMs: number
}

/** Of the shop under test: so short that each is renewed many times while it is broken. */
export const CERTIFICATE_MS = 30_000

const FIRST_MS = 3_000
const EVERY_AT_MOST_MS = 5_000
const EVERY_AT_LEAST_MS = 4_500
/** In milliseconds, at least and at most; what ends by itself is missing. */
const LASTS: Readonly<Partial<Record<FaultKind, readonly [number, number]>>> = {
  // Longer than every timeout on the way, so that a frozen process really is given up.
  freeze: [800, 8_000],
  partition: [1_000, 4_000],
  // Whenever it was issued, it is over by then.
  'expire-certificate': [CERTIFICATE_MS + 1_000, CERTIFICATE_MS + 2_000],
  'acquirer-silent': [2_000, 6_000],
}
/** From the end of what lasts to the next fault at the same target: the run may be late, and who was away needs a moment. */
const REST_MS = 2_000

interface Card {
  readonly kind: FaultKind
  readonly targets: readonly Target[]
}
const cards = (times: number, kind: FaultKind, targets: readonly Target[]): Card[] =>
  Array.from({ length: times }, () => ({ kind, targets }))

const DECK: readonly Card[] = [
  ...cards(7, 'kill', SERVICES),
  ...cards(3, 'restart', SERVICES),
  ...cards(3, 'freeze', SERVICES),
  ...cards(3, 'kill', [...SINGLE, 'gateway', 'control-plane']),
  ...cards(2, 'restart', [...SINGLE, 'gateway', 'control-plane']),
  // Of what has one process none is frozen: that stops everything, and says nothing about the services.
  ...cards(1, 'freeze', ['gateway', 'control-plane']),
  ...cards(2, 'partition', SERVICES),
  ...cards(2, 'acquirer-silent', ['acquirer']),
  ...cards(1, 'expire-certificate', SERVICES),
]

/** @param random in [0, 1) */
export function scheduleOf(durationMs: number, random: () => number): Fault[] {
  const between = (least: number, most: number): number => Math.round(least + random() * (most - least))
  const oneOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!
  const faults: Fault[] = []
  const deck: Card[] = []
  for (let atMs = FIRST_MS; atMs < durationMs; atMs += between(EVERY_AT_LEAST_MS, EVERY_AT_MOST_MS)) {
    faults.push(oneFault(atMs))
  }
  return faults

  function oneFault(atMs: number): Fault {
    const { kind, targets } = deal(atMs)
    const target = oneOf(targets.filter((each) => isFree(each, atMs)))
    const lasts = LASTS[kind]
    return {
      atMs,
      kind,
      target,
      replica: between(1, REPLICAS[target]),
      forMs: lasts === undefined ? 0 : between(...lasts),
    }
  }

  /** The next card that can be played now; a new deck below the old one where none can. */
  function deal(atMs: number): Card {
    const fits = ({ kind, targets }: Card): boolean =>
      targets.some((target) => isFree(target, atMs)) &&
      // Nobody would notice the end of a certificate after the last purchase.
      (kind !== 'expire-certificate' || atMs + CERTIFICATE_MS * 1.5 <= durationMs)
    for (;;) {
      const next = deck.findIndex(fits)
      if (next >= 0) return deck.splice(next, 1)[0]!
      deck.push(...shuffled(DECK, random))
    }
  }

  function isFree(target: Target, atMs: number): boolean {
    return !faults.some((each) => each.target === target && each.forMs > 0 && atMs < each.atMs + each.forMs + REST_MS)
  }
}

/** Fisher and Yates. */
function shuffled<T>(all: readonly T[], random: () => number): T[] {
  const result = [...all]
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    ;[result[last], result[other]] = [result[other]!, result[last]!]
  }
  return result
}

/** `kill inventory-2`, as a person would say it. */
export function describeFault({ kind, target, replica, forMs }: Fault): string {
  const what = REPLICAS[target] > 1 && kind !== 'partition' ? `${target}-${replica}` : target
  return `${kind} ${what}${forMs > 0 ? ` for ${(forMs / 1000).toFixed(1)} s` : ''}`
}
