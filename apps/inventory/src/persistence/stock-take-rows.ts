/** What was counted and what the books said, as rows. */
import { type Transaction } from '@meshmart/service-kit'
import type { StockTake } from '@meshmart/contracts'

interface Books {
  readonly sku: string
  readonly onHand: number
  readonly held: number
}

/** What the books say of these products in one warehouse, by SKU. The stock must be locked. */
export async function readBooks(
  tx: Transaction,
  warehouse: string,
  lines: readonly { readonly sku: string }[],
): Promise<ReadonlyMap<string, Books>> {
  const rows = await tx.query<Books>`
    SELECT "sku", "on_hand" AS "onHand", "held" FROM "stock"
    WHERE "warehouse" = ${warehouse} AND "sku" = ANY(${lines.map(({ sku }) => sku)}::text[])`
  return new Map(rows.map((row) => [row.sku, row]))
}

/** The document must be there. */
export async function insertCounts(
  tx: Transaction,
  documentId: string,
  warehouse: string,
  lines: StockTake['lines'],
): Promise<void> {
  await tx.execute`
    INSERT INTO "stock_take_line" ("document_id", "warehouse", "sku", "booked", "counted")
    SELECT ${documentId}::uuid, ${warehouse}, given.sku, given.booked, given.counted
    FROM unnest(${lines.map(({ sku }) => sku)}::text[], ${lines.map(({ booked }) => booked)}::int[],
      ${lines.map(({ counted }) => counted)}::int[]) AS given(sku, booked, counted)`
}

/** The lines of a document that is there already. */
export const readCounts = (tx: Transaction, documentId: string, warehouse: string): Promise<StockTake['lines']> =>
  tx.query<StockTake['lines'][number]>`
    SELECT "sku", "booked", "counted" FROM "stock_take_line" WHERE "document_id" = ${documentId}::uuid AND "warehouse" = ${warehouse}`
