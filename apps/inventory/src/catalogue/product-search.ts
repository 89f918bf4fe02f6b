/** Reads of the catalogue. Stock is read in the same statement as the product, so that a page never shows a level that belongs to another moment. */
import type { Product, ProductPage } from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { stockLevel } from '../domain/stock-level.ts'
import { Prisma, PrismaClient } from '../generated/prisma/client.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { InventoryProductQuery } from './product-query.ts'
import { searchPatterns } from './search-patterns.ts'

interface ProductRow {
  sku: string
  position: number
  name_en: string
  name_zh_cn: string
  description_en: string
  description_zh_cn: string
  category: Product['category']
  price_amount: number
  price_currency: string
  picture: string
  reorder_point: number
  available: number
}

@Injectable()
export class ProductSearch {
  constructor(private readonly prisma: PrismaClient) {}

  /** One page in the shop's order. `query` must have passed InventoryProductQuery. */
  async page({ query, category, cursor, limit, skus }: InventoryProductQuery): Promise<ProductPage> {
    const list = skus?.split(',')
    const size = list?.length ?? limit
    const after = cursor === undefined ? undefined : decodeCursor(cursor)
    const conditions = [
      ...(category ? [Prisma.sql`p."category" = ${category}`] : []),
      ...(list ? [Prisma.sql`p."sku" = ANY(${list}::text[])`] : []),
      ...(after ? [Prisma.sql`(p."position", p."sku") > (${after.position}::int, ${after.sku}::text)`] : []),
      ...searchPatterns(query ?? '').map((pattern) => Prisma.sql`${searchedText} LIKE ${pattern}`),
    ]
    // One row more than the page tells whether another page follows.
    const rows = await this.#select(conditions, size + 1)
    const items = rows.slice(0, size)
    const last = items.at(-1)
    return { items: items.map(productOf), nextCursor: rows.length > size && last ? encodeCursor(last) : null }
  }

  /** Throws ProblemException `not-found`. */
  async product(sku: string): Promise<Product> {
    const [row] = await this.#select([Prisma.sql`p."sku" = ${sku}`], 1)
    if (!row) throw new ProblemException('not-found')
    return productOf(row)
  }

  #select(conditions: readonly Prisma.Sql[], limit: number): Promise<ProductRow[]> {
    const where = Prisma.join([Prisma.sql`TRUE`, ...conditions], ' AND ')
    return this.prisma.$queryRaw<ProductRow[]>`
      SELECT p.*, s."on_hand" - s."held" AS "available"
      FROM "product" p JOIN "stock" s ON s."sku" = p."sku"
      WHERE ${where} ORDER BY p."position", p."sku" LIMIT ${limit}`
  }
}

/** Both languages at once: a reader of one may know the word of the other. */
const searchedText = Prisma.sql`lower(concat_ws(' ', p."name_en", p."name_zh_cn", p."description_en", p."description_zh_cn"))`

const productOf = (row: ProductRow): Product => ({
  sku: row.sku,
  name: { en: row.name_en, 'zh-CN': row.name_zh_cn },
  description: { en: row.description_en, 'zh-CN': row.description_zh_cn },
  category: row.category,
  price: { amount: row.price_amount, currency: row.price_currency },
  picture: row.picture,
  stock: { available: row.available, level: stockLevel(row.available, row.reorder_point) },
})
