/** Reads of the catalogue. Staff find in it what is withdrawn, too; nobody else does. */
import type { Product, ProductPage, StaffProductPage, StaffProductRow } from '@meshmart/contracts'
import { Database, join, ProblemException, sql, type Sql } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { type CataloguePlace, decodeCursor, encodeCursor } from './cursor.ts'
import { type InventoryProductQuery, isSearch } from './product-query.ts'
import { columns, productOf, type ProductRow, sellable, staffProductOf } from './product-view.ts'
import { type KnownWord, searchWords, wantedWords } from './search-words.ts'

/** Products that are ranked for one search, about 20 µs each; nobody turns twenty pages. */
const rankedAtMost = 500
/** Products that are looked at in the shop's order before the next page is left to the next request, and how often that is done to find at least one. */
const windowSize = 4_000
const mostWindows = 3

@Injectable()
export class ProductSearch {
  constructor(private readonly database: Database) {}

  /**
   * One page: in the shop's order, or, where something was typed, the best fitting first; words that very many products have rank nothing. `query` must have
   * passed InventoryProductQuery. A page of a search for such words may be shorter than `limit` and still not the last one: `nextCursor` alone says that.
   */
  async page(query: InventoryProductQuery): Promise<ProductPage> {
    const { rows, nextCursor } = await this.#page(query, 'for-sale')
    return { items: rows.map(productOf), nextCursor }
  }

  /** The same of all products, also of those that are withdrawn. */
  async staffPage(query: InventoryProductQuery): Promise<StaffProductPage> {
    const { rows, nextCursor } = await this.#page(query, 'all')
    return { items: rows.map(staffProductOf), nextCursor }
  }

  /** Throws ProblemException `not-found`, also for what is withdrawn. */
  async product(sku: string): Promise<Product> {
    const [row] = await this.#list({ list: [sku], limit: 1, shelf: 'for-sale' })
    if (!row) throw new ProblemException('not-found')
    return productOf(row)
  }

  /** Also what is withdrawn. Throws ProblemException `not-found`. */
  async staffProduct(sku: string): Promise<StaffProductRow> {
    const [row] = await this.#list({ list: [sku], limit: 1, shelf: 'all' })
    if (!row) throw new ProblemException('not-found')
    return staffProductOf(row)
  }

  async #page({ query, category, cursor, limit, skus }: InventoryProductQuery, shelf: Shelf): Promise<Found> {
    const list = skus?.split(',')
    const size = list?.length ?? limit
    const after = cursor === undefined ? undefined : decodeCursor(cursor)
    const narrowed = { category, list, after, limit: size + 1, shelf }
    if (isSearch(query)) return this.#find(query ?? '', size, narrowed)
    return foundOf(await this.#list(narrowed), size)
  }

  #list(narrowed: Narrowed): Promise<ProductRow[]> {
    return this.database.query<ProductRow>`
      SELECT ${columns}, NULL::int AS "score" FROM "product" p, ${sellable}
      WHERE ${conditionsOf(narrowed)} ORDER BY p."position", p."sku" LIMIT ${narrowed.limit}`
  }

  async #find(query: string, size: number, narrowed: Narrowed): Promise<Found> {
    const meant = await this.#meant(searchWords(query))
    const wanted = wantedWords(meant, meant[0]?.catalogue ?? 0, rankedAtMost)
    if (wanted === undefined) return { rows: [], nextCursor: null }
    const { all, indexed } = wanted
    if (indexed !== null) return foundOf(await this.#ranked(indexed, all, narrowed), size)
    let { after } = narrowed
    for (let window = 1; ; window++) {
      const rows = await this.#inOrder(all, { ...narrowed, after })
      if (rows.length > size) return foundOf(rows, size)
      const end = await this.#windowEnd({ ...narrowed, after })
      if (end === undefined || rows.length > 0 || window === mostWindows) {
        return { rows, nextCursor: end === undefined ? null : encodeCursor({ ...end, score: 0 }) }
      }
      after = end
    }
  }

  #ranked(indexed: string, all: string, { category, list, after, limit, shelf }: Narrowed): Promise<ProductRow[]> {
    const conditions = [
      sql`TRUE`,
      ...(list ? [sql`f."sku" = ANY(${list}::text[])`] : []),
      ...(after
        ? [
            sql`(-f."score", f."position", f."sku") > (${-(after.score ?? 0)}::int, ${after.position}::int, ${after.sku}::text)`,
          ]
        : []),
    ]
    return this.database.query<ProductRow>`
      WITH best AS (
        SELECT f.* FROM "search_ranked"(${indexed}::tsquery, ${all}::tsquery, ${category ?? null}::text, ${rankedAtMost}::int, ${shelf === 'all'}::bool) f
        WHERE ${join(conditions, ' AND ')} ORDER BY f."score" DESC, f."position", f."sku" LIMIT ${limit}
      )
      SELECT ${columns}, best."score" FROM best JOIN "product" p ON p."sku" = best."sku", ${sellable}
      ORDER BY best."score" DESC, p."position", p."sku"`
  }

  #inOrder(all: string, narrowed: Narrowed): Promise<ProductRow[]> {
    return this.database.query<ProductRow>`
      SELECT ${columns}, 0 AS "score" FROM (
        SELECT w.* FROM (SELECT * FROM "product" p WHERE ${conditionsOf(narrowed)} ORDER BY p."position", p."sku" LIMIT ${windowSize}) w
        WHERE ts_match_vq(w."words", ${all}::tsquery) ORDER BY w."position", w."sku" LIMIT ${narrowed.limit}
      ) p, ${sellable} ORDER BY p."position", p."sku"`
  }

  /** The last product of a window, or undefined where the catalogue ends before. */
  async #windowEnd(narrowed: Narrowed): Promise<CataloguePlace | undefined> {
    const [end] = await this.database.query<CataloguePlace>`
      SELECT p."position", p."sku" FROM "product" p WHERE ${conditionsOf(narrowed)} ORDER BY p."position", p."sku" OFFSET ${windowSize - 1} LIMIT 1`
    return end
  }

  /** Asks the dictionary what was meant. A word that says nothing (`the`) is left out. */
  #meant(words: readonly string[]): Promise<MeantWord[]> {
    return this.database.query<MeantWord>`
      SELECT typed."stem", found."exact" IS NOT NULL AS "exact", found."products" IS NOT NULL OR typed."stem" ~ '[0-9]' AS "known", near."words" AS "near",
        coalesce(found."exact", found."products", near."products", 0)::int AS "products",
        (SELECT greatest("reltuples", 0)::int FROM "pg_class" WHERE "oid" = 'product'::regclass) AS "catalogue"
      FROM (
        SELECT given.place, unnest(tsvector_to_array(to_tsvector('english', given.word))) AS "stem"
        FROM unnest(${words}::text[]) WITH ORDINALITY AS given(word, place)
      ) typed, LATERAL (
        -- U+10FFFF comes after every letter: between both lies whatever begins with the stem.
        SELECT sum(w."products") AS "products", sum(w."products") FILTER (WHERE w."word" = typed."stem") AS "exact" FROM "search_word" w
        WHERE w."word" >= typed."stem" COLLATE "C" AND w."word" < (typed."stem" || chr(1114111)) COLLATE "C"
      ) found, LATERAL (
        SELECT coalesce(array_agg(w."word"), '{}') AS "words", sum(w."products") AS "products" FROM (
          SELECT w."word", w."products" FROM "search_word" w
          WHERE found."products" IS NULL AND typed."stem" !~ '[0-9]' AND w."word" % typed."stem"
          ORDER BY similarity(w."word", typed."stem") DESC, w."word" LIMIT 3
        ) w
      ) near ORDER BY typed.place, typed."stem"`
  }
}

const conditionsOf = ({ category, list, after, shelf }: Narrowed): Sql =>
  join(
    [
      shelf === 'all' ? sql`TRUE` : sql`p."withdrawn_at" IS NULL`,
      ...(category ? [sql`p."category" = ${category}`] : []),
      ...(list ? [sql`p."sku" = ANY(${list}::text[])`] : []),
      ...(after ? [sql`(p."position", p."sku") > (${after.position}::int, ${after.sku}::text)`] : []),
    ],
    ' AND ',
  )

/** One row more than the page tells whether another page follows. */
function foundOf(found: readonly ProductRow[], size: number): Found {
  const rows = found.slice(0, size)
  const last = rows.at(-1)
  const more = found.length > size && last !== undefined
  return { rows, nextCursor: more ? encodeCursor(placeOf(last)) : null }
}

interface Found {
  readonly rows: readonly ProductRow[]
  readonly nextCursor: string | null
}

/** What is looked through: what can be bought, or what is withdrawn as well. */
type Shelf = 'for-sale' | 'all'

interface MeantWord extends KnownWord {
  /** Products in the catalogue when it was last counted; 0 where it never was. */
  readonly catalogue: number
}

interface Narrowed {
  readonly category?: Product['category'] | undefined
  readonly list?: readonly string[] | undefined
  readonly after?: CataloguePlace | undefined
  readonly limit: number
  readonly shelf: Shelf
}

const placeOf = ({ position, sku, score }: ProductRow): CataloguePlace => ({
  position,
  sku,
  ...(score === null ? {} : { score }),
})
