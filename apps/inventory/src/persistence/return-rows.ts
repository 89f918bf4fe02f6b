/** What has come back of a sale: movements beside the allocations that say where each piece was sold from. The reservation is locked by whoever asks. */
import { type Transaction } from '@meshmart/service-kit'
import type { Allocation } from '../domain/allocation.ts'

/** Sold and not back yet, by SKU and warehouse, in the order of the warehouses' places. */
export const piecesOut = (tx: Transaction, reservationId: string): Promise<Allocation[]> =>
  tx.query<Allocation>`
    SELECT a."sku", a."warehouse", (a."quantity" - coalesce(b."quantity", 0))::int AS "quantity"
    FROM "reservation_allocation" a JOIN "warehouse" w ON w."code" = a."warehouse"
    LEFT JOIN (
      SELECT "sku", "warehouse", sum("quantity") AS "quantity" FROM "stock_movement"
      WHERE "reservation_id" = ${reservationId}::uuid AND "kind" = 'returned' GROUP BY "sku", "warehouse"
    ) b ON b."sku" = a."sku" AND b."warehouse" = a."warehouse"
    WHERE a."reservation_id" = ${reservationId}::uuid AND a."quantity" > coalesce(b."quantity", 0)
    ORDER BY w."place", a."sku"`

/** How many of each SKU a return has brought back to this reservation; empty where it has brought it nothing. */
export async function returnedBy(
  tx: Transaction,
  reservationId: string,
  documentId: string,
): Promise<Map<string, number>> {
  const rows = await tx.query<{ sku: string; quantity: number }>`
    SELECT "sku", sum("quantity")::int AS "quantity" FROM "stock_movement"
    WHERE "reservation_id" = ${reservationId}::uuid AND "document_id" = ${documentId}::uuid AND "kind" = 'returned' GROUP BY "sku"`
  return new Map(rows.map(({ sku, quantity }) => [sku, quantity]))
}

/** The stock must be locked. @param documentId the return, or null where all that was left came back at once */
export async function insertReturned(
  tx: Transaction,
  { reservationId, documentId, at }: { reservationId: string; documentId: string | null; at: Date },
  parts: readonly Allocation[],
): Promise<void> {
  await tx.execute`
    INSERT INTO "stock_movement" ("sku", "warehouse", "kind", "quantity", "reservation_id", "document_id", "at")
    SELECT given.sku, given.warehouse, 'returned', given.quantity, ${reservationId}::uuid, ${documentId}::uuid, ${at}::timestamptz
    FROM unnest(${parts.map(({ sku }) => sku)}::text[], ${parts.map(({ warehouse }) => warehouse)}::text[],
      ${parts.map(({ quantity }) => quantity)}::int[]) AS given(sku, warehouse, quantity)`
}
