/** Orders as staff find them: a list over all customers, and one order with its saga. */
import { Database, empty, join, type Sql, sql } from '@meshmart/service-kit'
import { OrderState, StaffOrderRow, StoredStaffOrder, type StaffOrderFilter } from '@meshmart/contracts'
import { Injectable } from '@nestjs/common'
import { z } from 'zod'
import type { OrderSearch } from '../domain/order-search.ts'
import type { ListPosition } from './order-store.ts'
import { selectOrders, storedOrder } from './order-view.ts'

export interface StaffListing {
  readonly filter: StaffOrderFilter | null
  readonly search: OrderSearch | null
  readonly limit: number
  readonly after: ListPosition | null
}

@Injectable()
export class StaffOrderRows {
  constructor(private readonly database: Database) {}

  /** Newest first. What is still open is looked for among the few that are (index `checkout_due`), all else in the order of placing. */
  async list({ filter, search, limit, after }: StaffListing): Promise<StaffOrderRow[]> {
    const conditions = [...whenFiltered(filter), ...whenSearched(search), ...whenAfter(after)]
    const which = conditions.length === 0 ? empty : sql`WHERE ${join(conditions, ' AND ')}`
    const rows = await this.database.query<unknown>`
      SELECT o.id::text, o.state, o.email, o.total_amount AS "totalAmount", o.currency, o.created_at AS "createdAt",
             o.updated_at AS "updatedAt", c.attempts, c.finished_at IS NOT NULL AS settled
      FROM orders o JOIN checkout c ON c.order_id = o.id
      ${which} ORDER BY o.created_at DESC, o.id DESC LIMIT ${limit}::int`
    return rows.map(rowOf)
  }

  /** Null where there is no such order. */
  async find(id: string): Promise<StoredStaffOrder | null> {
    // Both are of one moment.
    const [[found], [saga]] = await this.database.transaction(async (tx) => {
      await tx.execute`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`
      return Promise.all([
        tx.query<unknown>(selectOrders(sql`WHERE o.id = ${id}::uuid`)),
        tx.query<unknown>(selectSaga(id)),
      ])
    })
    if (found === undefined || saga === undefined) return null
    return StoredStaffOrder.parse({ order: storedOrder(found).order, ...Saga.parse(saga) })
  }

  async customerOf(id: string): Promise<string | null> {
    const [order] = await this.database.query<{ customerId: string }>`
      SELECT customer_id AS "customerId" FROM orders WHERE id = ${id}::uuid`
    return order?.customerId ?? null
  }
}

function whenFiltered(filter: StaffOrderFilter | null): Sql[] {
  if (filter === null) return []
  const open = sql`c.finished_at IS NULL`
  if (filter === 'open') return [open]
  const isState = sql`o.state = ${filter}`
  return filter === 'confirmed' || filter === 'rejected' || filter === 'cancelled' ? [isState] : [open, isState]
}

function whenSearched(search: OrderSearch | null): Sql[] {
  switch (search?.by) {
    case undefined:
      return []
    case 'id':
      return [sql`o.id = ${search.id}::uuid`]
    case 'short-id':
      return [sql`right(o.id::text, 6) = ${search.shortId}`]
    case 'email':
      return [sql`lower(o.email) = ${search.email}`]
  }
}

const whenAfter = (after: ListPosition | null): Sql[] =>
  after === null ? [] : [sql`(o.created_at, o.id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)`]

const instant = z.date().transform((date) => date.toISOString())
const StaffRow = z.object({
  id: z.string(),
  state: OrderState,
  email: z.string(),
  totalAmount: z.bigint(),
  currency: z.string(),
  createdAt: instant,
  updatedAt: instant,
  attempts: z.number(),
  settled: z.boolean(),
})

function rowOf(answered: unknown): StaffOrderRow {
  const { totalAmount, currency, ...rest } = StaffRow.parse(answered)
  return { ...rest, total: { amount: Number(totalAmount), currency } }
}

/** Instants come as PostgreSQL writes them in JSON, with an offset. */
const jsonInstant = z.coerce.date().transform((date) => date.toISOString())
const Saga = z.object({
  customer: z.string(),
  saga: z.object({
    step: z.string().nullable(),
    attempts: z.number(),
    dueAt: jsonInstant,
    claimedBy: z.string().nullable(),
    finishedAt: jsonInstant.nullable(),
    reservationId: z.string().nullable(),
    paymentId: z.string().nullable(),
  }),
  unsettled: z.array(
    z.object({
      state: z.string(),
      step: z.string().nullable(),
      outcome: z.string(),
      reason: z.string(),
      times: z.number(),
      firstAt: jsonInstant,
      lastAt: jsonInstant,
    }),
  ),
  actions: z.array(z.object({ action: z.string(), actor: z.string(), at: jsonInstant })),
})

/** A claim whose lease has ended is nobody's. */
const selectSaga = (id: string): Sql => sql`
  SELECT o.customer_id AS customer,
         jsonb_build_object('step', c.step, 'attempts', c.attempts, 'dueAt', c.due_at, 'finishedAt', c.finished_at,
           'claimedBy', CASE WHEN c.lease_until > clock_timestamp() THEN c.claimed_by END,
           'reservationId', c.reservation_id, 'paymentId', c.payment_id) AS saga,
         (SELECT coalesce(jsonb_agg(jsonb_build_object('state', a.state, 'step', nullif(a.step, ''), 'outcome', a.outcome,
                   'reason', a.reason, 'times', a.times, 'firstAt', a.first_at, 'lastAt', a.last_at) ORDER BY a.first_at), '[]')
          FROM checkout_attempt a WHERE a.order_id = o.id) AS unsettled,
         (SELECT coalesce(jsonb_agg(jsonb_build_object('action', s.action, 'actor', s.actor, 'at', s.at) ORDER BY s.seq), '[]')
          FROM staff_action s WHERE s.order_id = o.id) AS actions
  FROM orders o JOIN checkout c ON c.order_id = o.id WHERE o.id = ${id}::uuid`
