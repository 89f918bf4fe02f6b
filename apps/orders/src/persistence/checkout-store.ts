/**
 * The saga's memory. All times are the database's, because leases compare the clocks of different replicas. Rows are locked in one order
 * (order, then checkout) by everyone who needs both.
 */
import { Outbox } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { PrismaClient, type Prisma } from '../generated/prisma/client.ts'
import { advance } from '../checkout/advance.ts'
import type { Checkout, Outcome } from '../checkout/checkout.ts'
import { totalOf, type PricedLine } from '../domain/lines.ts'
import { appendOrderEvent } from '../events/order-events.ts'
import { LEASE_SECONDS, LeaseLost, type Claim } from './claim.ts'
import { checkoutFrom } from './checkout-row.ts'
import { recordTransition } from './transition.ts'

/** What follows from a recorded outcome: where the checkout stands, and when it is due again; null when it needs nothing more. */
export interface Recorded {
  readonly checkout: Checkout
  readonly dueInMs: number | null
}

@Injectable()
export class CheckoutStore {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly outbox: Outbox,
  ) {}

  /** Claims up to `limit` checkouts that are due and that nobody works on. */
  async claimDue(worker: string, limit: number): Promise<Claim[]> {
    return this.prisma.$queryRaw<Claim[]>`
      UPDATE checkout SET claimed_by = ${worker}, fence = fence + 1,
             lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}::float8)
      WHERE order_id IN (
        SELECT order_id FROM checkout
        WHERE finished_at IS NULL AND due_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until <= clock_timestamp())
        ORDER BY due_at LIMIT ${limit}::int FOR UPDATE SKIP LOCKED)
      RETURNING order_id::text AS "orderId", fence, claimed_by AS worker, traceparent`
  }

  /** Milliseconds until some checkout falls due or some lease ends, negative where that has passed; null where none is open. */
  async nextDueInMs(): Promise<number | null> {
    const rows = await this.prisma.$queryRaw<{ wait: number | null }[]>`
      SELECT (extract(epoch FROM min(greatest(due_at, lease_until)) - clock_timestamp()) * 1000)::float8 AS wait
      FROM checkout WHERE finished_at IS NULL`
    return rows[0]?.wait ?? null
  }

  /** Says that this replica lives and still works on these. */
  async renew(worker: string, orderIds: readonly string[]): Promise<void> {
    await this.prisma.$executeRaw`
      UPDATE checkout SET lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}::float8)
      WHERE claimed_by = ${worker} AND order_id = ANY(${[...orderIds]}::uuid[])`
  }

  /** Gives a claim back, due at once, and wakes the other replicas. Nothing happens where the lease is lost already. */
  async release(claim: Claim): Promise<void> {
    await this.prisma.$executeRaw`
      WITH given AS (
        UPDATE checkout SET claimed_by = NULL, lease_until = NULL
        WHERE order_id = ${claim.orderId}::uuid AND fence = ${claim.fence} AND claimed_by = ${claim.worker} RETURNING order_id
      )
      SELECT pg_notify('checkout_due', order_id::text) FROM given`
  }

  /** Throws LeaseLost. */
  async load(claim: Claim): Promise<Checkout> {
    return this.prisma.$transaction((tx) => this.#locked(tx, claim))
  }

  /** Writes down what an attempt came to, in one transaction with the transition, the history and the event. Throws LeaseLost. */
  async record(claim: Claim, outcome: Outcome, random: () => number): Promise<Recorded> {
    return this.prisma.$transaction(async (tx) => {
      const before = await this.#locked(tx, claim)
      const { decision, facts, after } = advance(before, outcome, random)
      const free = decision.finished || decision.delayMs > 0
      await tx.$executeRaw`
        UPDATE checkout SET step = ${decision.step}, attempts = ${decision.attempts},
          reservation_id = coalesce(${facts.reservationId ?? null}::uuid, reservation_id),
          payment_id = coalesce(${facts.paymentId ?? null}::uuid, payment_id),
          due_at = clock_timestamp() + make_interval(secs => ${decision.delayMs / 1000}::float8),
          claimed_by = CASE WHEN ${free} THEN NULL ELSE claimed_by END,
          lease_until = CASE WHEN ${free} THEN NULL
                             ELSE clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}::float8) END,
          finished_at = CASE WHEN ${decision.finished} THEN clock_timestamp() END
        WHERE order_id = ${claim.orderId}::uuid`
      if (facts.lines !== undefined) await this.#price(tx, claim.orderId, facts.lines)
      if (outcome.kind === 'refused' && decision.transition?.to === 'rejecting') {
        await tx.order.update({
          where: { id: claim.orderId },
          data: {
            rejection: outcome.rejection,
            rejectionErrors: outcome.fields.map(({ field, code }) => ({ field, code })),
          },
        })
      }
      if (decision.transition !== null) {
        await recordTransition(tx, claim.orderId, { from: before.state, ...decision.transition })
        await appendOrderEvent(this.outbox, tx, claim.orderId, decision.transition)
      }
      const dueInMs = decision.finished ? null : decision.delayMs
      return { checkout: after, dueInMs }
    })
  }

  async #locked(tx: Prisma.TransactionClient, claim: Claim): Promise<Checkout> {
    const rows = await tx.$queryRaw<unknown[]>`
      SELECT o.id::text AS "orderId", o.state, o.rejection, o.total_amount AS "totalAmount", o.currency, c.step, c.attempts,
             c.card_token AS "cardToken", c.reservation_id::text AS "reservationId", c.payment_id::text AS "paymentId",
             (SELECT jsonb_agg(jsonb_build_object('sku', l.sku, 'quantity', l.quantity) ORDER BY l.position)
              FROM order_line l WHERE l.order_id = o.id) AS items
      FROM orders o JOIN checkout c ON c.order_id = o.id
      WHERE o.id = ${claim.orderId}::uuid AND c.fence = ${claim.fence} AND c.claimed_by = ${claim.worker}
      FOR UPDATE OF o, c`
    if (rows[0] === undefined) throw new LeaseLost(claim)
    return checkoutFrom(rows[0])
  }

  async #price(tx: Prisma.TransactionClient, orderId: string, lines: readonly PricedLine[]): Promise<void> {
    const total = totalOf(lines)
    await tx.$executeRaw`
      UPDATE order_line SET name_en = priced.en, name_zh = priced.zh, unit_amount = priced.amount
      FROM unnest(${lines.map(({ sku }) => sku)}::text[], ${lines.map(({ name }) => name.en)}::text[],
                  ${lines.map(({ name }) => name['zh-CN'])}::text[], ${lines.map(({ unitPrice }) => unitPrice.amount)}::bigint[])
           AS priced(sku, en, zh, amount)
      WHERE order_line.order_id = ${orderId}::uuid AND order_line.sku = priced.sku`
    await tx.order.update({ where: { id: orderId }, data: { totalAmount: total.amount, currency: total.currency } })
  }
}
