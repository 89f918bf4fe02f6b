/** Transfer orders as rows, read in the shape of the answer. */
import { type Queryable, type Sql, sql, type Transaction } from '@meshmart/service-kit'
import { Transfer, type TransferRequest } from '@meshmart/contracts'

/** The transfer as it is once nobody else changes it any more; the lock lasts until the transaction ends. */
export async function lockTransfer(tx: Transaction, id: string): Promise<Transfer | undefined> {
  const [transfer] = await select(tx, sql`WHERE t."id" = ${id}::uuid FOR UPDATE OF t`)
  return transfer
}

/** Newest first. */
export const readTransfers = (
  tx: Queryable,
  { id, state, limit }: { id?: string; state?: Transfer['state'] | undefined; limit: number },
): Promise<Transfer[]> =>
  select(
    tx,
    sql`WHERE (${id ?? null}::uuid IS NULL OR t."id" = ${id ?? null}::uuid) AND (${state ?? null}::text IS NULL OR t."state" = ${state ?? null}::text)
      ORDER BY d."at" DESC, t."id" LIMIT ${limit}`,
  )

/** Throws a ZodError where a row is not what the contract promises: that is a fault of ours, not of who asks. */
async function select(tx: Queryable, rest: Sql): Promise<Transfer[]> {
  const rows = await tx.query<object>`
    SELECT t."id"::text AS "id", t."source", t."destination", t."state", d."note", d."actor",
      to_char(d."at", 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "createdAt", to_char(t."updated_at", 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "updatedAt",
      (SELECT jsonb_agg(jsonb_build_object('sku', l."sku", 'quantity', l."quantity") ORDER BY l."position")
        FROM "transfer_line" l WHERE l."transfer_id" = t."id") AS "lines"
    FROM "transfer_order" t JOIN "stock_document" d ON d."id" = t."id" ${rest}`
  return rows.map((row) => Transfer.parse(row))
}

/** The document of the same id must be there. */
export async function insertTransfer(
  tx: Transaction,
  { id, source, destination, lines }: Omit<TransferRequest, 'note'>,
  state: Transfer['state'],
  at: Date,
): Promise<void> {
  await tx.execute`
    WITH made AS (
      INSERT INTO "transfer_order" ("id", "source", "destination", "state", "updated_at")
      VALUES (${id}::uuid, ${source}, ${destination}, ${state}, ${at})
    )
    INSERT INTO "transfer_line" ("transfer_id", "position", "sku", "quantity")
    SELECT ${id}::uuid, given.place - 1, given.sku, given.quantity
    FROM unnest(${lines.map(({ sku }) => sku)}::text[], ${lines.map(({ quantity }) => quantity)}::int[])
      WITH ORDINALITY AS given(sku, quantity, place)`
}

/** The transfer must be locked. */
export async function changeTransferState(
  tx: Transaction,
  id: string,
  state: Transfer['state'],
  at: Date,
): Promise<void> {
  await tx.execute`UPDATE "transfer_order" SET "state" = ${state}, "updated_at" = ${at} WHERE "id" = ${id}::uuid`
}
