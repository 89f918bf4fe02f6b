/**
 * The rows that everybody who buys at the same time fights for. Whoever changes stock takes their locks first and always in the order of SKU and warehouse
 * (`lock_stock` of the migration), so that two orders with the same products in another order wait for each other instead of dying of a deadlock. From the
 * lock to the commit every round trip counts: it is how long the next buyer of the same product waits. What is held and what is on hand is never written
 * here: triggers keep both, by allocations and by movements.
 */
import { type Sql, sql, type Transaction } from '@meshmart/service-kit'
import type { LocalizedText, Money, ReservationLine } from '@meshmart/contracts'
import type { Allocation, PlacedStock } from '../domain/allocation.ts'

export interface LockedStock {
  readonly sku: string
  /** On hand and not held, in all warehouses that sell. */
  readonly available: number
  /** The same by warehouse, in the order of their places. */
  readonly places: readonly PlacedStock[]
  readonly reorderPoint: number
  readonly name: LocalizedText
  readonly price: Money
}

/** Locks the stock of these lines until the transaction ends. A SKU that is no product is missing from the map. */
export async function lockStock(
  tx: Transaction,
  lines: readonly { readonly sku: string }[],
): Promise<Map<string, LockedStock>> {
  const rows = await tx.query<LockedStock>(locking(sql`${lines.map(({ sku }) => sku)}::text[]`))
  return new Map(rows.map((row) => [row.sku, row]))
}

/**
 * The same in the statement that makes a reservation, and after it is made. Undefined, and nothing locked, where it was not. A product that is withdrawn is missing, too.
 * @param reservation the insertion of the row
 */
export async function lockStockFor(
  tx: Transaction,
  reservation: Sql,
  lines: readonly { readonly sku: string }[],
): Promise<Map<string, LockedStock> | undefined> {
  // The SKUs go through the row that is made: the lock reads them from there, and so has to come after it.
  const rows = await tx.query<LockedStock | { readonly sku: null }>`
    WITH made AS (${reservation} RETURNING ${lines.map(({ sku }) => sku)}::text[] AS "skus")
    SELECT stock.* FROM made LEFT JOIN LATERAL (${locking(sql`made."skus"`, sql`p."withdrawn_at" IS NULL`)}) stock ON TRUE`
  if (rows.length === 0) return undefined
  return new Map(rows.flatMap((row) => (row.sku === null ? [] : [[row.sku, row]])))
}

/** @param wanted what else must be true of the products `p` that are answered; locked are all */
const locking = (skus: Sql, wanted: Sql = sql`TRUE`): Sql => sql`
  SELECT p."sku", s."available", s."places", p."reorder_point" AS "reorderPoint",
    jsonb_build_object('en', p."name_en", 'zh-CN', p."name_zh_cn") AS "name",
    jsonb_build_object('amount', p."price_amount", 'currency', p."price_currency") AS "price"
  FROM (
    SELECT l."sku", sum(l."available")::int AS "available",
      jsonb_agg(jsonb_build_object('warehouse', l."warehouse", 'available', l."available") ORDER BY l."place") AS "places"
    FROM "lock_stock"(${skus}) l GROUP BY l."sku"
  ) s JOIN "product" p ON p."sku" = s."sku" WHERE ${wanted}`

/**
 * Writes the lines of a reservation, where their pieces come from, and what is told of it: together with COMMIT, for nothing comes after it. The stock must be
 * locked; a trigger holds it.
 * @param events the insertion of their rows
 */
export function holdLines(
  tx: Transaction,
  reservationId: string,
  lines: readonly ReservationLine[],
  allocations: readonly Allocation[],
  events: Sql,
): void {
  tx.send`
    WITH line AS (
      INSERT INTO "reservation_line" ("reservation_id", "position", "sku", "quantity", "unit_amount", "unit_currency")
      SELECT ${reservationId}::uuid, given.place - 1, given.sku, given.quantity, given.amount, given.currency
      FROM unnest(${lines.map(({ sku }) => sku)}::text[], ${lines.map(({ quantity }) => quantity)}::int[],
        ${lines.map(({ unitPrice }) => unitPrice.amount)}::int[], ${lines.map(({ unitPrice }) => unitPrice.currency)}::text[])
        WITH ORDINALITY AS given(sku, quantity, amount, currency, place)
    ), told AS (${events})
    INSERT INTO "reservation_allocation" ("reservation_id", "sku", "warehouse", "quantity")
    SELECT ${reservationId}::uuid, given.sku, given.warehouse, given.quantity
    FROM unnest(${allocations.map(({ sku }) => sku)}::text[], ${allocations.map(({ warehouse }) => warehouse)}::text[],
      ${allocations.map(({ quantity }) => quantity)}::int[]) AS given(sku, warehouse, quantity)`
}

/** Says where the pieces come from of a reservation that holds none, because it had expired and is sold all the same. */
export async function allocateLate(
  tx: Transaction,
  reservationId: string,
  allocations: readonly Allocation[],
): Promise<void> {
  await tx.execute`
    INSERT INTO "reservation_allocation" ("reservation_id", "sku", "warehouse", "quantity")
    SELECT ${reservationId}::uuid, given.sku, given.warehouse, given.quantity
    FROM unnest(${allocations.map(({ sku }) => sku)}::text[], ${allocations.map(({ warehouse }) => warehouse)}::text[],
      ${allocations.map(({ quantity }) => quantity)}::int[]) AS given(sku, warehouse, quantity)`
}

/** Moves what is allocated out of its warehouse. The stock must be locked. What comes back later: return-rows. */
export async function sellAllocated(tx: Transaction, reservationId: string, at: Date): Promise<void> {
  await tx.execute`
    INSERT INTO "stock_movement" ("sku", "warehouse", "kind", "quantity", "reservation_id", "at")
    SELECT a."sku", a."warehouse", 'sold', -a."quantity", a."reservation_id", ${at}::timestamptz FROM "reservation_allocation" a WHERE a."reservation_id" = ${reservationId}::uuid`
}
