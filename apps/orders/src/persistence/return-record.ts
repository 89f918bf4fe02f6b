/**
 * How the saga's memory keeps a return: what an attempt at one came to, and what follows of it for its order, in one transaction. The rows of order and checkout are
 * locked first, as everybody does, and everything is read under these locks: the customer may have asked for another return meanwhile, or cancelled the whole.
 */
import { type Queryable, sql, type Transaction } from '@meshmart/service-kit'
import type { Outbox } from '@meshmart/service-kit'
import type { Checkout } from '../checkout/checkout.ts'
import { decideReturn, type ReturnOutcome } from '../checkout/return-steps.ts'
import { afterReturn } from '../domain/returns.ts'
import { appendOrderEvent, appendReturnEvent, type Buyer } from '../events/order-events.ts'
import { checkoutFrom, selectCheckout } from './checkout-row.ts'
import type { Recorded } from './checkout-store.ts'
import { LEASE_SECONDS, LeaseLost, type Claim } from './claim.ts'
import { recordRemark, recordTransition } from './transition.ts'
import { unsettledAttempt } from './unsettled-attempt.ts'

const cause = 'returned'

/** Throws LeaseLost. */
export async function loadClaimed(db: Queryable, claim: Claim): Promise<Checkout> {
  const rows = await db.query<unknown>(
    selectCheckout(
      sql`WHERE o.id = ${claim.orderId}::uuid AND c.fence = ${claim.fence} AND c.claimed_by = ${claim.worker}`,
    ),
  )
  if (rows[0] === undefined) throw new LeaseLost(claim)
  return checkoutFrom(rows[0])
}

interface Attempt {
  readonly claim: Claim
  readonly before: Checkout
  readonly outcome: ReturnOutcome
  readonly random: () => number
}

/** Throws LeaseLost. */
export async function recordReturned(
  tx: Transaction,
  outbox: Outbox,
  { claim, before, outcome, random }: Attempt,
): Promise<Recorded> {
  const { orderId, returning } = before
  if (returning === null) throw new Error(`order ${orderId} has no open return`)
  const buyer = await lockClaimed(tx, claim)
  const { state, attempts, delayMs } = decideReturn(returning, outcome, random)
  await tx.execute`
    UPDATE order_return SET state = ${state}, attempts = ${attempts},
           returned_at = CASE WHEN ${state}::text = 'returned' THEN clock_timestamp() END
    WHERE id = ${returning.id}::uuid`
  const order = sql`(VALUES (${orderId}::uuid)) AS held (id)`
  const unsettled = unsettledAttempt(order, { state: before.state, step: null }, outcome)
  if (unsettled !== null) await tx.execute(unsettled)
  const now = await loadClaimed(tx, claim)
  const follows = afterReturn({ state: now.state, open: now.returning !== null, keeps: now.items.length > 0 })
  if (state === 'returned') {
    await appendReturnEvent(outbox, tx, orderId, returning, buyer)
    if (follows.to === null) await recordRemark(tx, orderId, cause)
  }
  if (follows.to !== null) {
    await recordTransition(tx, orderId, { from: now.state, to: follows.to, cause })
    await appendOrderEvent(outbox, tx, now, buyer, { to: follows.to, cause })
  }
  await keepClaim(tx, claim, { delayMs, finished: follows.finished })
  const checkout = { ...now, state: follows.to ?? now.state }
  return { checkout, dueInMs: follows.finished ? null : delayMs }
}

async function lockClaimed(tx: Transaction, claim: Claim): Promise<Buyer> {
  const rows = await tx.query<Buyer>`
    SELECT o.customer_id AS "customerId", o.email FROM orders o JOIN checkout c ON c.order_id = o.id
    WHERE o.id = ${claim.orderId}::uuid AND c.fence = ${claim.fence} AND c.claimed_by = ${claim.worker}
    FOR UPDATE OF o, c`
  if (rows[0] === undefined) throw new LeaseLost(claim)
  return rows[0]
}

/** The claim is kept where the next step is due at once. */
async function keepClaim(
  tx: Transaction,
  { orderId }: Claim,
  { delayMs, finished }: { delayMs: number; finished: boolean },
): Promise<void> {
  const free = finished || delayMs > 0
  await tx.execute`
    UPDATE checkout SET due_at = clock_timestamp() + make_interval(secs => ${delayMs / 1000}::float8),
      claimed_by = CASE WHEN ${free}::boolean THEN NULL ELSE claimed_by END,
      lease_until = CASE WHEN ${free}::boolean THEN NULL
                         ELSE clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}::float8) END,
      finished_at = CASE WHEN ${finished}::boolean THEN clock_timestamp() END
    WHERE order_id = ${orderId}::uuid`
}
