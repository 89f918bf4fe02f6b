/** Reservations as rows, read in the shape of the answer that orders gets: one statement each, because the rows of stock that follow are hot. */
import { type Sql, sql, type Transaction } from '@meshmart/service-kit'
import { Reservation } from '@meshmart/contracts'

/** The reservation as it is once nobody else changes it any more; the lock lasts until the transaction ends. */
export const lockReservation = (tx: Transaction, id: string): Promise<Reservation | undefined> =>
  select(tx, sql`r."id" = ${id}::uuid FOR UPDATE OF r`)

/** The same by the order that it is of. */
export const lockReservationOfOrder = (tx: Transaction, orderId: string): Promise<Reservation | undefined> =>
  select(tx, sql`r."order_id" = ${orderId}::uuid FOR UPDATE OF r`)

export const reservationOfOrder = (tx: Transaction, orderId: string): Promise<Reservation | undefined> =>
  select(tx, sql`r."order_id" = ${orderId}::uuid`)

/** Throws a ZodError where a row is not what the contract promises: that is a fault of ours, not of who asks. */
async function select(tx: Transaction, condition: Sql): Promise<Reservation | undefined> {
  const [row] = await tx.query<Omit<Reservation, 'expiresAt'> & { expiresAt: Date }>`
    SELECT r."id"::text AS "id", r."order_id"::text AS "orderId", r."state" AS "state", r."expires_at" AS "expiresAt",
      (SELECT coalesce(jsonb_agg(jsonb_build_object(
          'sku', l."sku", 'quantity', l."quantity",
          'name', jsonb_build_object('en', p."name_en", 'zh-CN', p."name_zh_cn"),
          'unitPrice', jsonb_build_object('amount', l."unit_amount", 'currency', l."unit_currency")
        ) ORDER BY l."position"), '[]')
        FROM "reservation_line" l JOIN "product" p ON p."sku" = l."sku" WHERE l."reservation_id" = r."id") AS "lines"
    FROM "reservation" r WHERE ${condition}`
  return row && Reservation.parse({ ...row, expiresAt: row.expiresAt.toISOString() })
}

/** Makes the reservation, still without lines. False where the order has one; waits where another transaction is just making it. */
export async function insertReservation(
  tx: Transaction,
  reservation: Pick<Reservation, 'id' | 'orderId' | 'state' | 'expiresAt'>,
  now: Date,
): Promise<boolean> {
  const { id, orderId, state, expiresAt } = reservation
  const made = await tx.execute`
    INSERT INTO "reservation" ("id", "order_id", "state", "expires_at", "created_at", "updated_at")
    VALUES (${id}::uuid, ${orderId}::uuid, ${state}, ${expiresAt}::timestamptz, ${now}, ${now}) ON CONFLICT DO NOTHING`
  return made === 1
}

/** The reservation must be locked. What was held is given back by a trigger. */
export async function changeState(tx: Transaction, id: string, state: Reservation['state'], now: Date): Promise<void> {
  await tx.execute`UPDATE "reservation" SET "state" = ${state}, "updated_at" = ${now} WHERE "id" = ${id}::uuid`
}

/** One overdue hold that no other replica is working on, locked; the longest overdue first. */
export async function claimOverdue(tx: Transaction, now: Date): Promise<string | undefined> {
  const rows = await tx.query<{ id: string }>`
    SELECT "id"::text AS "id" FROM "reservation"
    WHERE "state" = 'held' AND "expires_at" <= ${now}
    ORDER BY "expires_at" LIMIT 1
    FOR UPDATE SKIP LOCKED`
  return rows[0]?.id
}
