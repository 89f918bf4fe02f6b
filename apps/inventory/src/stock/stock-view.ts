/** What staff look at: where the pieces of a product are, and how they came there. */
import { StockMovementPage, StockOfProduct } from '@meshmart/contracts'
import { Database, ProblemException } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'

@Injectable()
export class StockView {
  constructor(private readonly database: Database) {}

  /** Throws ProblemException `not-found`. */
  async of(sku: string): Promise<StockOfProduct> {
    const product = await this.database.product.findUnique({
      where: { sku },
      include: { stock: { include: { place: true }, orderBy: { place: { place: 'asc' } } } },
    })
    if (!product) throw new ProblemException('not-found')
    const places = product.stock.map(({ warehouse, onHand, held }) => ({
      warehouse,
      onHand,
      held,
      available: onHand - held,
    }))
    const selling = product.stock.filter(({ place }) => place.sells)
    return StockOfProduct.parse({
      sku,
      available: selling.reduce((sum, { onHand, held }) => sum + onHand - held, 0),
      reorderPoint: product.reorderPoint,
      places,
    })
  }

  /** Newest first. `before` is the id of the last movement of the page before. */
  async movements(sku: string, limit: number, before: bigint | undefined): Promise<StockMovementPage> {
    const rows = await this.database.stockMovement.findMany({
      where: { sku, ...(before === undefined ? {} : { id: { lt: before } }) },
      orderBy: { id: 'desc' },
      take: limit + 1,
      include: { document: true },
    })
    const items = rows.slice(0, limit).map(({ id, warehouse, kind, quantity, at, reservationId, document }) => ({
      id: id.toString(),
      sku,
      warehouse,
      kind,
      quantity,
      at: at.toISOString(),
      reservationId,
      document: document && { id: document.id, kind: document.kind, actor: document.actor, note: document.note },
    }))
    return StockMovementPage.parse({ items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null })
  }
}
