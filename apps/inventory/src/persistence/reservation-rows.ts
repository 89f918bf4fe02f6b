/** Reservations as rows, read in the shape of the answer that orders gets: one statement each, because the rows of stock that follow are hot. */
import { type Queryable, type Sql, sql, type Transaction } from '@meshmart/service-kit'
import { Reservation } from '@meshmart/contracts'

/** The reservation as it is once nobody else changes it any more; the lock lasts until the transaction ends. */
export const lockReservation = (tx: Transaction, id: string): Promise<Reservation | undefined> =>
  select(tx, sql`r."id" = ${id}::uuid FOR UPDATE OF r`)

/** The same by the order that it is of. */
export const lockReservationOfOrder = (tx: Transaction, orderId: string): Promise<Reservation | undefined> =>
  select(tx, sql`r."order_id" = ${orderId}::uuid FOR UPDATE OF r`)

export const reservationOfOrder = (tx: Transaction, orderId: string): Promise<Reservation | undefined> =>
  select(tx, sql`r."order_id" = ${orderId}::uuid`)

/** What is answered of a row `r`. */
const answer = sql`r."id", r."order_id" AS "orderId", r."state", r."expires_at" AS "expiresAt",
  (SELECT coalesce(jsonb_agg(jsonb_build_object(
      'sku', l."sku", 'quantity', l."quantity",
      'name', jsonb_build_object('en', p."name_en", 'zh-CN', p."name_zh_cn"),
      'unitPrice', jsonb_build_object('amount', l."unit_amount", 'currency', l."unit_currency")
    ) ORDER BY l."position"), '[]')
    FROM "reservation_line" l JOIN "product" p ON p."sku" = l."sku" WHERE l."reservation_id" = r."id") AS "lines"`

type Row = Omit<Reservation, 'expiresAt'> & { readonly expiresAt: Date }

const select = async (tx: Transaction, condition: Sql): Promise<Reservation | undefined> =>
  first(await tx.query<Row>`SELECT ${answer} FROM "reservation" r WHERE ${condition}`)

/** Throws a ZodError where a row is not what the contract promises: that is a fault of ours, not of who asks. */
const first = ([row]: readonly Row[]): Reservation | undefined =>
  row && Reservation.parse({ ...row, expiresAt: row.expiresAt.toISOString() })

/** A reservation that is made, still without lines. */
export type NewReservation = Pick<Reservation, 'id' | 'orderId' | 'state' | 'expiresAt'>

/** Changes nothing where the order has one; waits where another transaction is just making it. */
export const reservationInsertion = ({ id, orderId, state, expiresAt }: NewReservation, now: Date): Sql => sql`
  INSERT INTO "reservation" ("id", "order_id", "state", "expires_at", "created_at", "updated_at")
  VALUES (${id}::uuid, ${orderId}::uuid, ${state}, ${expiresAt}::timestamptz, ${now}, ${now}) ON CONFLICT DO NOTHING`

/** False where the order has one. */
export const insertReservation = async (tx: Transaction, reservation: NewReservation, now: Date): Promise<boolean> =>
  (await tx.execute(reservationInsertion(reservation, now))) === 1

/** The reservation must be locked. What was held is given back by a trigger. */
export async function changeState(tx: Transaction, id: string, state: Reservation['state'], now: Date): Promise<void> {
  await tx.execute`UPDATE "reservation" SET "state" = ${state}, "updated_at" = ${now} WHERE "id" = ${id}::uuid`
}

/**
 * Sells what a reservation holds, in one statement, which is a transaction by itself: the stock is locked no longer than that takes. Nothing of the stock has to be known for that, only that nobody else writes it meanwhile. Does nothing where the
 * reservation is not in the state `from`. Each part reads from the one before it, and that is their order: the reservation is locked; its stock, as `lockStock` does;
 * the state changes, which gives back what was held, so that a piece that is sold is never counted as both held and gone; what was allocated moves out.
 */
export async function sellHeld(
  database: Queryable,
  id: string,
  { from, to }: { readonly from: Reservation['state']; readonly to: Reservation['state'] },
  now: Date,
): Promise<Reservation | undefined> {
  const rows = await database.query<Row>`
    WITH due AS MATERIALIZED (
      SELECT "id" FROM "reservation" WHERE "id" = ${id}::uuid AND "state" = ${from} FOR UPDATE
    ), locked AS MATERIALIZED (
      SELECT due."id", count(*) FROM due CROSS JOIN LATERAL
        "lock_stock"(ARRAY(SELECT l."sku" FROM "reservation_line" l WHERE l."reservation_id" = due."id")) GROUP BY due."id"
    ), became AS (
      UPDATE "reservation" r SET "state" = ${to}, "updated_at" = ${now} FROM locked WHERE r."id" = locked."id" RETURNING ${answer}
    ), sold AS (
      INSERT INTO "stock_movement" ("sku", "warehouse", "kind", "quantity", "reservation_id", "at")
      SELECT a."sku", a."warehouse", 'sold', -a."quantity", a."reservation_id", ${now}::timestamptz
      FROM became JOIN "reservation_allocation" a ON a."reservation_id" = became."id"
    )
    SELECT * FROM became`
  return first(rows)
}

/** One overdue hold that no other replica is working on, locked; the longest overdue first. */
export async function claimOverdue(tx: Transaction, now: Date): Promise<string | undefined> {
  const rows = await tx.query<{ id: string }>`
    SELECT "id" FROM "reservation"
    WHERE "state" = 'held' AND "expires_at" <= ${now}
    ORDER BY "expires_at" LIMIT 1
    FOR UPDATE SKIP LOCKED`
  return rows[0]?.id
}
