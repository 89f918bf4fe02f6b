/** What an attempt's outcome means for a checkout: a pure function, so that every case is a row of a test. */
import type { OrderState } from '@meshmart/contracts'
import { delayMs } from '@meshmart/service-kit'
import { isUndoing } from '../domain/order-state.ts'
import { causeOf, type Rejection } from '../domain/rejection.ts'
import type { Outcome, Position, StepName } from './checkout.ts'
import { STUCK_AGAIN_MS } from './stuck.ts'
import { stepAfter, stepBefore, stepNamed, steps } from './steps.ts'

export interface Decision {
  readonly transition: { readonly to: OrderState; readonly cause: string } | null
  readonly step: StepName | null
  readonly attempts: number
  /** Milliseconds until the next attempt; 0 means at once. */
  readonly delayMs: number
  /** Nothing more is due, until the customer cancels. */
  readonly finished: boolean
  readonly rejection: Rejection | null
}

/** `at` is the position at the moment of writing: the customer may have cancelled while the attempt ran. `random` is in [0, 1). */
export function decide(at: Position, outcome: Outcome, random: () => number): Decision {
  const stay: Decision = {
    transition: null,
    step: at.step,
    attempts: 0,
    delayMs: 0,
    finished: false,
    rejection: at.rejection,
  }
  const attempts = at.attempts + 1
  const { retry, poll } = stepNamed(at.step ?? steps[0]!.name)
  switch (outcome.kind) {
    case 'failed':
      return { ...stay, attempts, delayMs: delayMs(retry, attempts, random) }
    case 'unclear':
      return { ...stay, attempts, delayMs: delayMs(poll, attempts, random) }
    case 'stuck':
      return { ...stay, attempts, delayMs: STUCK_AGAIN_MS }
    case 'undone':
      return { ...stay, transition: whenUndone(at), step: null, finished: true }
    case 'refused': {
      const step = at.step !== null && stepNamed(at.step).refusalStands ? stepBefore(at.step) : at.step
      if (isUndoing(at.state)) return { ...stay, step }
      const { rejection } = outcome
      return { ...stay, step, rejection, transition: { to: 'rejecting', cause: causeOf(rejection) } }
    }
    case 'done': {
      // The step's effect stands although nobody wants it any more: it stays the furthest one, and is undone from there.
      if (isUndoing(at.state) || at.step === null) return stay
      const next = stepAfter(at.step)
      const transition = { to: stepNamed(at.step).to, cause: 'checkout' }
      return { ...stay, transition, step: next ?? at.step, finished: next === null }
    }
  }
}

function whenUndone(at: Position): Decision['transition'] {
  if (at.state === 'cancelling') return { to: 'cancelled', cause: 'customer' }
  if (at.rejection === null) throw new Error(`an order in state ${at.state} was undone without a rejection`)
  return { to: 'rejected', cause: causeOf(at.rejection) }
}
