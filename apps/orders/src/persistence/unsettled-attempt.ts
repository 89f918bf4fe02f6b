/** What staff see of an attempt that settled nothing; those of the same kind are counted, so that an outage does not fill the disk. */
import { type Sql, sql } from '@meshmart/service-kit'
import type { Outcome } from '../checkout/checkout.ts'
import type { ReturnOutcome } from '../checkout/return-steps.ts'

const LONGEST_REASON = 300

interface Where {
  readonly state: string
  /** Null where no step of the checkout is meant. */
  readonly step: string | null
}

/**
 * Null where an attempt settled something: then its transition says so.
 * @param orders what follows FROM: rows whose column `id` is an order
 */
export function unsettledAttempt(orders: Sql, { state, step }: Where, outcome: Outcome | ReturnOutcome): Sql | null {
  const { kind } = outcome
  if (kind !== 'failed' && kind !== 'unclear' && kind !== 'stuck') return null
  const reason = kind === 'unclear' ? 'not known there yet' : outcome.reason.slice(0, LONGEST_REASON)
  return sql`
      INSERT INTO checkout_attempt (order_id, state, step, outcome, reason)
      SELECT id, ${state}, ${step ?? ''}, ${kind}, ${reason} FROM ${orders}
      ON CONFLICT (order_id, state, step, outcome, reason)
      DO UPDATE SET times = checkout_attempt.times + 1, last_at = clock_timestamp()`
}
