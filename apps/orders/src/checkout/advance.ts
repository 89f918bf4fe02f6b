/** What a checkout is once an attempt's outcome is written down: pure, so that the database's memory and a simulation's model write down the same. */
import { totalOf } from '../domain/lines.ts'
import type { Checkout, Facts, Outcome } from './checkout.ts'
import { decide, type Decision } from './decide.ts'

export interface Advance {
  readonly decision: Decision
  readonly facts: Facts
  readonly after: Checkout
}

/** `before` is the checkout at the moment of writing. `random` is in [0, 1). Throws where a state is undone that nothing has turned round. */
export function advance(before: Checkout, outcome: Outcome, random: () => number): Advance {
  const facts = 'facts' in outcome ? outcome.facts : {}
  const decision = decide(before, outcome, random)
  const { transition, step, attempts, rejection } = decision
  const after: Checkout = {
    ...before,
    state: transition?.to ?? before.state,
    step,
    attempts,
    rejection,
    total: facts.lines === undefined ? before.total : totalOf(facts.lines),
    reservationId: facts.reservationId ?? before.reservationId,
    paymentId: facts.paymentId ?? before.paymentId,
  }
  return { decision, facts, after }
}
