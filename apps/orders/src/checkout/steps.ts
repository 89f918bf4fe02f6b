/**
 * The checkout saga: this table, top to bottom, is a purchase; bottom to top it is the undoing of one. Every call behind a step carries a
 * key made of the order and the step, so repeating it changes nothing: that, and not luck, is what makes a crash harmless.
 */
import type { OrderState } from '@meshmart/contracts'
import type { Rhythm } from '@meshmart/service-kit'
import type { Checkout, Outcome, StepName } from './checkout.ts'
import { allocateStock, reserveStock } from './stock.ts'
import { authorisePayment, capturePayment } from './money.ts'
import { giveBackMoney, giveBackStock } from './compensations.ts'
import type { Partners } from './partners.ts'

export type Action = (partners: Partners, checkout: Checkout, timeoutMs: number) => Promise<Outcome>

export interface Step {
  readonly name: StepName
  readonly from: OrderState
  readonly to: OrderState
  readonly perform: Action
  /** Takes the step's effect back, whether or not it came about. */
  readonly compensate: Action
  /**
   * Whether who was asked remembers that they refused. Where they do not, the same call, delayed on its way, may still have its effect: so the step is undone although it
   * was refused.
   */
  readonly refusalStands: boolean
  /** For one call, in milliseconds. */
  readonly timeoutMs: number
  /** After an attempt with an unknown outcome. */
  readonly retry: Rhythm
  /** While the other side does not know its own outcome yet. */
  readonly poll: Rhythm
}

const quick: Rhythm = { firstMs: 100, factor: 2, maxMs: 3_000 }
const patient: Rhythm = { firstMs: 200, factor: 1.5, maxMs: 2_000 }
export const stockCalls = { timeoutMs: 2_000, retry: quick, poll: patient }
/** The acquirer may be slow: payments answers `pending` by itself well within this time. */
export const moneyCalls = { timeoutMs: 4_000, retry: quick, poll: patient }
const stock = { compensate: giveBackStock, ...stockCalls }
const money = { compensate: giveBackMoney, ...moneyCalls }

export const steps: readonly Step[] = [
  { name: 'reserve', from: 'received', to: 'reserved', perform: reserveStock, refusalStands: false, ...stock },
  { name: 'authorise', from: 'reserved', to: 'authorised', perform: authorisePayment, refusalStands: true, ...money },
  { name: 'allocate', from: 'authorised', to: 'allocated', perform: allocateStock, refusalStands: true, ...stock },
  { name: 'capture', from: 'allocated', to: 'confirmed', perform: capturePayment, refusalStands: true, ...money },
]

export const firstStep: StepName = 'reserve'

export function stepNamed(name: StepName): Step {
  const step = steps.find((candidate) => candidate.name === name)
  if (step === undefined) throw new Error(`the checkout saga has no step ${name}`)
  return step
}

/** Null before the first and after the last. */
export const stepBefore = (name: StepName): StepName | null => steps[steps.indexOf(stepNamed(name)) - 1]?.name ?? null
export const stepAfter = (name: StepName): StepName | null => steps[steps.indexOf(stepNamed(name)) + 1]?.name ?? null

/** The steps whose compensations are due when all up to `reached` may have had effects: last first, each compensation once. */
export function stepsToUndo(reached: StepName | null): Step[] {
  if (reached === null) return []
  const done = steps.slice(0, steps.indexOf(stepNamed(reached)) + 1).reverse()
  return done.filter((step, index) => done.findIndex(({ compensate }) => compensate === step.compensate) === index)
}
