/** Transfer orders as rows, read in the shape of the answer. */
import { type Sql, sql, type Transaction } from '@meshmart/service-kit'
import { Transfer } from '@meshmart/contracts'

type Reader = Pick<Transaction, '$queryRaw'>

/** The transfer as it is once nobody else changes it any more; the lock lasts until the transaction ends. */
export async function lockTransfer(tx: Transaction, id: string): Promise<Transfer | undefined> {
  const [transfer] = await select(tx, sql`WHERE t."id" = ${id}::uuid FOR UPDATE OF t`)
  return transfer
}

/** Newest first. */
export const readTransfers = (
  tx: Reader,
  { id, state, limit }: { id?: string; state?: Transfer['state'] | undefined; limit: number },
): Promise<Transfer[]> =>
  select(
    tx,
    sql`WHERE (${id ?? null}::uuid IS NULL OR t."id" = ${id ?? null}::uuid) AND (${state ?? null}::text IS NULL OR t."state" = ${state ?? null}::text)
      ORDER BY d."at" DESC, t."id" LIMIT ${limit}`,
  )

/** Throws a ZodError where a row is not what the contract promises: that is a fault of ours, not of who asks. */
async function select(tx: Reader, rest: Sql): Promise<Transfer[]> {
  const rows = await tx.query<object>`
    SELECT t."id"::text AS "id", t."source", t."destination", t."state", d."note", d."actor",
      to_char(d."at", 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "createdAt", to_char(t."updated_at", 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "updatedAt",
      (SELECT jsonb_agg(jsonb_build_object('sku', l."sku", 'quantity', l."quantity") ORDER BY l."position")
        FROM "transfer_line" l WHERE l."transfer_id" = t."id") AS "lines"
    FROM "transfer_order" t JOIN "stock_document" d ON d."id" = t."id" ${rest}`
  return rows.map((row) => Transfer.parse(row))
}
