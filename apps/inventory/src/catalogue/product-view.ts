/** A product as a row, and what is told of it: to whoever buys, and to staff. Stock is read in the same statement, so that a page never shows a level that belongs to another moment. */
import type { Product, StaffProductRow } from '@meshmart/contracts'
import { sql } from '@meshmart/service-kit'
import { stockLevel } from '../domain/stock-level.ts'

export interface ProductRow {
  sku: string
  position: number
  score: number | null
  name_en: string
  name_zh_cn: string
  description_en: string
  description_zh_cn: string
  category: Product['category']
  price_amount: number
  price_currency: string
  picture: string
  reorder_point: number
  version: number
  for_sale: boolean
  available: number
}

export const columns = sql`p."sku", p."position", p."name_en", p."name_zh_cn", p."description_en", p."description_zh_cn", p."category",
  p."price_amount", p."price_currency", p."picture", p."reorder_point", p."version", p."withdrawn_at" IS NULL AS "for_sale", s."available"`
/** What can be bought of a product, in all warehouses that sell. */
export const sellable = sql`LATERAL (SELECT sum(s."on_hand" - s."held")::int AS "available" FROM "stock" s JOIN "warehouse" w ON w."code" = s."warehouse"
  WHERE s."sku" = p."sku" AND w."sells") s`

const wordsOf = (row: ProductRow) => ({
  sku: row.sku,
  name: { en: row.name_en, 'zh-CN': row.name_zh_cn },
  description: { en: row.description_en, 'zh-CN': row.description_zh_cn },
  category: row.category,
  price: { amount: row.price_amount, currency: row.price_currency },
  picture: row.picture,
})

export const productOf = (row: ProductRow): Product => ({
  ...wordsOf(row),
  stock: { available: row.available, level: stockLevel(row.available, row.reorder_point) },
})

export const staffProductOf = (row: ProductRow): StaffProductRow => ({
  ...wordsOf(row),
  reorderPoint: row.reorder_point,
  available: row.available,
  forSale: row.for_sale,
  version: row.version,
})
