/**
 * The rows that everybody who buys at the same time fights for. Whoever changes stock takes their locks first and always in SKU order, so that two
 * orders with the same products in another order wait for each other instead of dying of a deadlock. From the lock to the commit every round trip
 * counts: it is how long the next buyer of the same product waits.
 */
import type { LocalizedText, Money, ReservationLine } from '@meshmart/contracts'
import type { StockEffect } from '../domain/reservation-states.ts'
import type { Prisma } from '../generated/prisma/client.ts'

export interface LockedStock {
  readonly sku: string
  /** On hand and not held. */
  readonly available: number
  readonly reorderPoint: number
  readonly name: LocalizedText
  readonly price: Money
}

/** Locks the stock of these lines until the transaction ends. A SKU that is no product is missing from the map. */
export async function lockStock(
  tx: Prisma.TransactionClient,
  lines: readonly { readonly sku: string }[],
): Promise<Map<string, LockedStock>> {
  const rows = await tx.$queryRaw<LockedStock[]>`
    SELECT s."sku", s."on_hand" - s."held" AS "available", p."reorder_point" AS "reorderPoint",
      jsonb_build_object('en', p."name_en", 'zh-CN', p."name_zh_cn") AS "name",
      jsonb_build_object('amount', p."price_amount", 'currency', p."price_currency") AS "price"
    FROM "stock" s JOIN "product" p ON p."sku" = s."sku"
    WHERE s."sku" = ANY(${lines.map(({ sku }) => sku)}::text[])
    ORDER BY s."sku"
    FOR UPDATE OF s`
  return new Map(rows.map((row) => [row.sku, row]))
}

/** Writes the lines of a reservation and holds their stock, which must be locked. */
export async function holdLines(
  tx: Prisma.TransactionClient,
  reservationId: string,
  lines: readonly ReservationLine[],
): Promise<void> {
  const skus = lines.map(({ sku }) => sku)
  const quantities = lines.map(({ quantity }) => quantity)
  const amounts = lines.map(({ unitPrice }) => unitPrice.amount)
  const currencies = lines.map(({ unitPrice }) => unitPrice.currency)
  await tx.$executeRaw`
    WITH line AS (
      INSERT INTO "reservation_line" ("reservation_id", "position", "sku", "quantity", "unit_amount", "unit_currency")
      SELECT ${reservationId}::uuid, given.place - 1, given.sku, given.quantity, given.amount, given.currency
      FROM unnest(${skus}::text[], ${quantities}::int[], ${amounts}::int[], ${currencies}::text[])
        WITH ORDINALITY AS given(sku, quantity, amount, currency, place)
      RETURNING "sku", "quantity"
    )
    UPDATE "stock" SET "held" = "held" + line."quantity" FROM line WHERE "stock"."sku" = line."sku"`
}

/**
 * Does to the stock of these lines, which must be locked, what a transition says. The movements come after the holds have been given back, because the
 * trigger that adds them up runs at the end of the statement: a piece that is sold is never counted as both held and gone.
 */
export async function applyEffect(
  tx: Prisma.TransactionClient,
  { held, onHand }: StockEffect,
  reservation: { readonly id: string; readonly lines: readonly ReservationLine[] },
  at: Date,
): Promise<void> {
  await tx.$executeRaw`
    WITH line AS (
      SELECT * FROM unnest(
        ${reservation.lines.map(({ sku }) => sku)}::text[],
        ${reservation.lines.map(({ quantity }) => quantity)}::int[]
      ) AS given(sku, quantity)
    ), given_back AS (
      UPDATE "stock" SET "held" = "held" + line.quantity * ${held}::int FROM line
      WHERE "stock"."sku" = line.sku AND ${held}::int <> 0
    )
    INSERT INTO "stock_movement" ("sku", "kind", "quantity", "reservation_id", "at")
    SELECT line.sku, ${onHand < 0 ? 'sold' : 'returned'}, line.quantity * ${onHand}::int, ${reservation.id}::uuid,
      ${at.toISOString()}::timestamptz
    FROM line WHERE ${onHand}::int <> 0`
}
