/** Products as rows. How they are read for a page of the shop stands in catalogue/product-search.ts. */
import { type Queryable, type Transaction } from '@meshmart/service-kit'

/** Which of these SKUs are products. */
export async function knownSkus(
  tx: Queryable,
  lines: readonly { readonly sku: string }[],
): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ sku: string }>`
    SELECT "sku" FROM "product" WHERE "sku" = ANY(${lines.map(({ sku }) => sku)}::text[])`
  return new Set(rows.map(({ sku }) => sku))
}

export interface NewProduct {
  readonly sku: string
  readonly position: number
  readonly nameEn: string
  readonly nameZhCn: string
  readonly descriptionEn: string
  readonly descriptionZhCn: string
  readonly category: string
  /** Minor units of `priceCurrency`. */
  readonly priceAmount: number
  readonly priceCurrency: string
  readonly picture: string
  readonly reorderPoint: number
}

/** Inserts what is missing and answers the SKUs of it. */
export async function insertProducts(tx: Transaction, products: readonly NewProduct[]): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ sku: string }>`
    INSERT INTO "product" ("sku", "position", "name_en", "name_zh_cn", "description_en", "description_zh_cn", "category",
      "price_amount", "price_currency", "picture", "reorder_point")
    SELECT given.* FROM jsonb_to_recordset(${JSON.stringify(products)}::jsonb) AS given("sku" text, "position" int, "nameEn" text, "nameZhCn" text,
      "descriptionEn" text, "descriptionZhCn" text, "category" text, "priceAmount" int, "priceCurrency" text, "picture" text, "reorderPoint" int)
    ON CONFLICT DO NOTHING RETURNING "sku"`
  return new Set(rows.map(({ sku }) => sku))
}
