/** What staff look at: where the pieces of a product are, and how they came there. */
import { StockMovementPage, StockOfProduct } from '@meshmart/contracts'
import { Database, ProblemException } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'

interface PlaceRow {
  readonly reorderPoint: number
  readonly warehouse: string
  readonly onHand: number
  readonly held: number
  readonly available: number
  readonly sells: boolean
}
type MovementRow = Omit<StockMovementPage['items'][number], 'at'> & { readonly at: Date }

/** An id that no movement reaches. */
const afterAll = 2n ** 63n - 1n

@Injectable()
export class StockView {
  constructor(private readonly database: Database) {}

  /** Throws ProblemException `not-found`. */
  async of(sku: string): Promise<StockOfProduct> {
    const rows = await this.database.query<PlaceRow>`
      SELECT p."reorder_point" AS "reorderPoint", s."warehouse", s."on_hand" AS "onHand", s."held", s."on_hand" - s."held" AS "available", w."sells"
      FROM "product" p JOIN "stock" s ON s."sku" = p."sku" JOIN "warehouse" w ON w."code" = s."warehouse"
      WHERE p."sku" = ${sku} ORDER BY w."place"`
    // A product has a row in every place from its first moment.
    const [first] = rows
    if (!first) throw new ProblemException('not-found')
    return StockOfProduct.parse({
      sku,
      available: rows.reduce((sum, { sells, available }) => sum + (sells ? available : 0), 0),
      reorderPoint: first.reorderPoint,
      places: rows.map(({ warehouse, onHand, held, available }) => ({ warehouse, onHand, held, available })),
    })
  }

  /** Newest first. `before` is the id of the last movement of the page before. */
  async movements(sku: string, limit: number, before: bigint | undefined): Promise<StockMovementPage> {
    const rows = await this.database.query<MovementRow>`
      SELECT m."id"::text AS "id", m."sku", m."warehouse", m."kind", m."quantity", m."at", m."reservation_id" AS "reservationId",
        CASE WHEN d."id" IS NOT NULL THEN jsonb_build_object('id', d."id", 'kind', d."kind", 'actor', d."actor", 'note', d."note") END AS "document"
      FROM "stock_movement" m LEFT JOIN "stock_document" d ON d."id" = m."document_id"
      WHERE m."sku" = ${sku} AND m."id" < ${before ?? afterAll} ORDER BY m."id" DESC LIMIT ${limit + 1}`
    const items = rows.slice(0, limit).map((row) => ({ ...row, at: row.at.toISOString() }))
    return StockMovementPage.parse({ items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null })
  }
}
