/** Orders to suppliers as rows, read in the shape of the answer. */
import { type Queryable, type Sql, sql, type Transaction } from '@meshmart/service-kit'
import { Replenishment, type ReplenishmentRequest } from '@meshmart/contracts'

/** The order as it is once nobody else changes it any more; the lock lasts until the transaction ends. */
export async function lockReplenishment(tx: Transaction, id: string): Promise<Replenishment | undefined> {
  const [order] = await select(tx, sql`WHERE o."id" = ${id}::uuid FOR UPDATE OF o`)
  return order
}

/** Newest first. */
export const readReplenishments = (
  tx: Queryable,
  { id, state, limit }: { id?: string; state?: Replenishment['state'] | undefined; limit: number },
): Promise<Replenishment[]> =>
  select(
    tx,
    sql`WHERE (${id ?? null}::uuid IS NULL OR o."id" = ${id ?? null}::uuid) AND (${state ?? null}::text IS NULL OR o."state" = ${state ?? null}::text)
      ORDER BY d."at" DESC, o."id" LIMIT ${limit}`,
  )

type Times = 'expectedAt' | 'createdAt' | 'updatedAt'
type Row = Omit<Replenishment, Times> & Readonly<Record<Times, Date>>

/** Throws a ZodError where a row is not what the contract promises: that is a fault of ours, not of who asks. */
async function select(tx: Queryable, rest: Sql): Promise<Replenishment[]> {
  const rows = await tx.query<Row>`
    SELECT o."id", o."warehouse", o."state", d."note", d."actor",
      (SELECT coalesce(jsonb_agg(jsonb_build_object('sku', l."sku", 'quantity', l."quantity") ORDER BY l."position"), '[]')
        FROM "replenishment_line" l WHERE l."replenishment_id" = o."id") AS "lines",
      o."expected_at" AS "expectedAt", d."at" AS "createdAt", o."updated_at" AS "updatedAt"
    FROM "replenishment_order" o JOIN "stock_document" d ON d."id" = o."id" ${rest}`
  return rows.map(({ expectedAt, createdAt, updatedAt, ...order }) =>
    Replenishment.parse({
      ...order,
      expectedAt: expectedAt.toISOString(),
      createdAt: createdAt.toISOString(),
      updatedAt: updatedAt.toISOString(),
    }),
  )
}

/** The document of the same id must be there. */
export async function insertReplenishment(
  tx: Transaction,
  { id, warehouse, expectedAt, lines }: Omit<ReplenishmentRequest, 'note'>,
  state: Replenishment['state'],
  at: Date,
): Promise<void> {
  await tx.execute`
    WITH made AS (
      INSERT INTO "replenishment_order" ("id", "warehouse", "state", "expected_at", "updated_at")
      VALUES (${id}::uuid, ${warehouse}, ${state}, ${expectedAt}::timestamptz, ${at})
    )
    INSERT INTO "replenishment_line" ("replenishment_id", "position", "sku", "quantity")
    SELECT ${id}::uuid, given.place - 1, given.sku, given.quantity
    FROM unnest(${lines.map(({ sku }) => sku)}::text[], ${lines.map(({ quantity }) => quantity)}::int[])
      WITH ORDINALITY AS given(sku, quantity, place)`
}

/** The order must be locked. */
export async function changeReplenishmentState(
  tx: Transaction,
  id: string,
  state: Replenishment['state'],
  at: Date,
): Promise<void> {
  await tx.execute`UPDATE "replenishment_order" SET "state" = ${state}, "updated_at" = ${at} WHERE "id" = ${id}::uuid`
}
