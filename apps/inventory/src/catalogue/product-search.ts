/** Reads of the catalogue. Stock is read in the same statement as the product, so that a page never shows a level that belongs to another moment. */
import type { Product, ProductPage } from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { stockLevel } from '../domain/stock-level.ts'
import { Prisma, PrismaClient } from '../generated/prisma/client.ts'
import { type CataloguePlace, decodeCursor, encodeCursor } from './cursor.ts'
import { type InventoryProductQuery, isSearch } from './product-query.ts'
import { type KnownWord, searchWords, tsqueryOf } from './search-words.ts'

/** Products that are ranked for one search; nobody turns forty pages. */
const rankedAtMost = 1_000

interface ProductRow {
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
  available: number
}

const columns = Prisma.sql`p."sku", p."position", p."name_en", p."name_zh_cn", p."description_en", p."description_zh_cn", p."category",
  p."price_amount", p."price_currency", p."picture", p."reorder_point", s."available"`
/** What can be bought of a product, in all warehouses that sell. */
const sellable = Prisma.sql`LATERAL (SELECT sum(s."on_hand" - s."held")::int AS "available" FROM "stock" s JOIN "warehouse" w ON w."code" = s."warehouse"
  WHERE s."sku" = p."sku" AND w."sells") s`

@Injectable()
export class ProductSearch {
  constructor(private readonly prisma: PrismaClient) {}

  /**
   * One page: in the shop's order, or, where something was typed, the best fitting first. `query` must have passed InventoryProductQuery.
   */
  async page({ query, category, cursor, limit, skus }: InventoryProductQuery): Promise<ProductPage> {
    const list = skus?.split(',')
    const size = list?.length ?? limit
    const after = cursor === undefined ? undefined : decodeCursor(cursor)
    const narrowed = { category, list, after, limit: size + 1 }
    // One row more than the page tells whether another page follows.
    const rows = isSearch(query) ? await this.#find(query ?? '', narrowed) : await this.#list(narrowed)
    const items = rows.slice(0, size)
    const last = items.at(-1)
    const more = rows.length > size && last !== undefined
    return { items: items.map(productOf), nextCursor: more ? encodeCursor(placeOf(last)) : null }
  }

  /** Throws ProblemException `not-found`. */
  async product(sku: string): Promise<Product> {
    const [row] = await this.#list({ list: [sku], limit: 1 })
    if (!row) throw new ProblemException('not-found')
    return productOf(row)
  }

  #list({ category, list, after, limit }: Narrowed): Promise<ProductRow[]> {
    const conditions = [
      Prisma.sql`TRUE`,
      ...(category ? [Prisma.sql`p."category" = ${category}`] : []),
      ...(list ? [Prisma.sql`p."sku" = ANY(${list}::text[])`] : []),
      ...(after ? [Prisma.sql`(p."position", p."sku") > (${after.position}::int, ${after.sku}::text)`] : []),
    ]
    return this.prisma.$queryRaw<ProductRow[]>`
      SELECT ${columns}, NULL::int AS "score" FROM "product" p, ${sellable}
      WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY p."position", p."sku" LIMIT ${limit}`
  }

  async #find(query: string, { category, list, after, limit }: Narrowed): Promise<ProductRow[]> {
    const wanted = tsqueryOf(await this.#meant(searchWords(query)))
    if (wanted === undefined) return []
    const conditions = [
      Prisma.sql`TRUE`,
      ...(list ? [Prisma.sql`f."sku" = ANY(${list}::text[])`] : []),
      ...(after
        ? [
            Prisma.sql`(-f."score", f."position", f."sku") > (${-(after.score ?? 0)}::int, ${after.position}::int, ${after.sku}::text)`,
          ]
        : []),
    ]
    return this.prisma.$queryRaw<ProductRow[]>`
      WITH best AS (
        SELECT f.* FROM "search_products"(${wanted}::tsquery, ${category ?? null}::text, ${rankedAtMost}::int) f
        WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY f."score" DESC, f."position", f."sku" LIMIT ${limit}
      )
      SELECT ${columns}, best."score" FROM best JOIN "product" p ON p."sku" = best."sku", ${sellable}
      ORDER BY best."score" DESC, p."position", p."sku"`
  }

  /** Asks the dictionary what was meant. A word that says nothing (`the`) is left out. */
  #meant(words: readonly string[]): Promise<KnownWord[]> {
    return this.prisma.$queryRaw<KnownWord[]>`
      SELECT typed."stem", found."known",
        CASE WHEN found."known" THEN '{}'::text[] ELSE ARRAY(
          SELECT w."word" FROM "search_word" w WHERE w."word" % typed."stem"
          ORDER BY similarity(w."word", typed."stem") DESC, w."word" LIMIT 3
        ) END AS "near"
      FROM (
        SELECT given.place, unnest(tsvector_to_array(to_tsvector('english', given.word))) AS "stem"
        FROM unnest(${words}::text[]) WITH ORDINALITY AS given(word, place)
      ) typed, LATERAL (
        -- U+10FFFF comes after every letter: between both lies whatever begins with the stem.
        SELECT EXISTS (SELECT FROM "search_word" w WHERE w."word" >= typed."stem" COLLATE "C"
          AND w."word" < (typed."stem" || chr(1114111)) COLLATE "C") AS "known"
      ) found ORDER BY typed.place, typed."stem"`
  }
}

interface Narrowed {
  readonly category?: Product['category'] | undefined
  readonly list?: readonly string[] | undefined
  readonly after?: CataloguePlace | undefined
  readonly limit: number
}

const placeOf = ({ position, sku, score }: ProductRow): CataloguePlace => ({
  position,
  sku,
  ...(score === null ? {} : { score }),
})

const productOf = (row: ProductRow): Product => ({
  sku: row.sku,
  name: { en: row.name_en, 'zh-CN': row.name_zh_cn },
  description: { en: row.description_en, 'zh-CN': row.description_zh_cn },
  category: row.category,
  price: { amount: row.price_amount, currency: row.price_currency },
  picture: row.picture,
  stock: { available: row.available, level: stockLevel(row.available, row.reorder_point) },
})
