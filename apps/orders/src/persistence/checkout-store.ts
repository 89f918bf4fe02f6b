/**
 * The saga's memory. All times are the database's, because leases compare the clocks of different replicas. Rows are locked in one order
 * (order, then checkout) by everyone who needs both.
 */
import { Database, Outbox } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { advance } from '../checkout/advance.ts'
import type { Checkout, Outcome } from '../checkout/checkout.ts'
import type { ReturnOutcome } from '../checkout/return-steps.ts'
import { appendOrderEvent, isTold, type Buyer } from '../events/order-events.ts'
import { LEASE_SECONDS, type Claim, type LateClaim } from './claim.ts'
import { loadClaimed, recordReturned } from './return-record.ts'
import { recordStatement } from './record-statement.ts'

/** What follows from a recorded outcome: where the checkout stands, and when it is due again; null when it needs nothing more. */
export interface Recorded {
  readonly checkout: Checkout
  readonly dueInMs: number | null
}

/** What a statement of `recordStatement` answers: who turned an order round is known only where it is written. */
type Written = Buyer & { readonly cause: string }

@Injectable()
export class CheckoutStore {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {}

  /** Claims up to `limit` checkouts that are due and that nobody works on, those first that have waited longest. */
  async claimDue(worker: string, limit: number): Promise<LateClaim[]> {
    return this.database.query<LateClaim>`
      UPDATE checkout SET claimed_by = ${worker}, fence = fence + 1,
             lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}::float8)
      WHERE order_id IN (
        SELECT order_id FROM checkout
        WHERE finished_at IS NULL AND due_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until <= clock_timestamp())
        ORDER BY due_at LIMIT ${limit}::int FOR UPDATE SKIP LOCKED)
      RETURNING order_id::text AS "orderId", fence, claimed_by AS worker, traceparent,
                (extract(epoch FROM clock_timestamp() - due_at) * 1000)::float8 AS "lateMs"`
  }

  /** Milliseconds until some checkout falls due or some lease ends, negative where that has passed; null where none is open. */
  async nextDueInMs(): Promise<number | null> {
    const rows = await this.database.query<{ wait: number | null }>`
      SELECT (extract(epoch FROM min(greatest(due_at, lease_until)) - clock_timestamp()) * 1000)::float8 AS wait
      FROM checkout WHERE finished_at IS NULL`
    return rows[0]?.wait ?? null
  }

  /** Says that this replica lives and still works on these. */
  async renew(worker: string, orderIds: readonly string[]): Promise<void> {
    await this.database.execute`
      UPDATE checkout SET lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}::float8)
      WHERE claimed_by = ${worker} AND order_id = ANY(${[...orderIds]}::uuid[])`
  }

  /** Gives a claim back, due at once, and wakes the other replicas. Nothing happens where the lease is lost already. */
  async release(claim: Claim): Promise<void> {
    await this.database.execute`
      WITH given AS (
        UPDATE checkout SET claimed_by = NULL, lease_until = NULL
        WHERE order_id = ${claim.orderId}::uuid AND fence = ${claim.fence} AND claimed_by = ${claim.worker} RETURNING order_id
      )
      SELECT pg_notify('checkout_due', order_id::text) FROM given`
  }

  /** Throws LeaseLost. */
  async load(claim: Claim): Promise<Checkout> {
    return loadClaimed(this.database, claim)
  }

  /**
   * Writes down what an attempt came to, together with the transition, the history and the event. `before` is the checkout as it was read last; where the
   * customer has cancelled since, it is read again and the outcome is judged anew. Throws LeaseLost.
   */
  async record(claim: Claim, before: Checkout, outcome: Outcome, random: () => number): Promise<Recorded> {
    for (let checkout = before; ; checkout = await this.load(claim)) {
      const { decision, after: next } = advance(checkout, outcome, random)
      const statement = recordStatement(claim, checkout, outcome, decision)
      const { transition } = decision
      const told = transition !== null && isTold(transition)
      const written = told
        ? await this.database.transaction(async (tx) => {
            const row = (await tx.query<Written>(statement))[0]
            if (row !== undefined) appendOrderEvent(this.outbox, tx, next, row, { to: transition.to, cause: row.cause })
            return row !== undefined
          })
        : (await this.database.query<Written>(statement)).length > 0
      if (written) return { checkout: next, dueInMs: decision.finished ? null : decision.delayMs }
    }
  }

  /** Writes down what an attempt at the checkout's open return came to, and what follows of it for the order. Throws LeaseLost. */
  recordReturn(claim: Claim, before: Checkout, outcome: ReturnOutcome, random: () => number): Promise<Recorded> {
    return this.database.transaction((tx) => recordReturned(tx, this.outbox, { claim, before, outcome, random }))
  }
}
