/**
 * Opens the shop on an empty database. A product is inserted only where it is missing and gets its opening stock in the same transaction, so that any
 * number of replicas may start at once, at any time, and a product that has been sold since is never filled up again.
 */
import { SHOP_CURRENCY } from '@meshmart/contracts'
import { CLOCK, type Clock, Database, Log } from '@meshmart/service-kit'
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common'
import { insertMovements } from '../persistence/movement-rows.ts'
import { insertProducts, type NewProduct } from '../persistence/product-rows.ts'
import type { AvailableChange } from '../domain/stock-events.ts'
import { stockTransactionMs } from '../persistence/transaction.ts'
import { StockNews } from '../stock/stock-news.ts'
import { type CatalogueProduct, catalogueProducts, pictureOf } from './products.ts'

@Injectable()
export class CatalogueOpening implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly news: StockNews,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async onModuleInit(): Promise<void> {
    const opened = await this.open(catalogueProducts)
    if (opened > 0) this.log.info('catalogue opened', { products: opened })
  }

  /** Inserts what is missing and returns how many products got their opening stock. */
  async open(products: readonly CatalogueProduct[]): Promise<number> {
    return this.database.transaction(async (tx) => {
      const rows = products.map((product, index) => productRow(product, index))
      const inserted = await insertProducts(tx, rows)
      const opened = products.filter(({ sku }) => inserted.has(sku))
      const movements = opened.flatMap(({ sku, openingStock }) =>
        placed(openingStock).map((part) => ({ ...part, sku, kind: 'opening' as const })),
      )
      await insertMovements(tx, null, movements, this.clock.now())
      const changes = opened.map(({ sku, openingStock, reorderPoint }): AvailableChange => {
        return { sku, before: 0, after: openingStock, reorderPoint, cause: 'opening' }
      })
      await this.news.tell(tx, changes)
      return opened.length
    }, stockTransactionMs)
  }
}

/** Two thirds lie in the central warehouse, the rest at the harbour. */
export function placed(quantity: number): { warehouse: string; quantity: number }[] {
  const central = Math.ceil((quantity * 2) / 3)
  return [
    { warehouse: 'central', quantity: central },
    { warehouse: 'harbour', quantity: quantity - central },
  ]
}

const productRow = (product: CatalogueProduct, position: number): NewProduct => ({
  sku: product.sku,
  position,
  nameEn: product.name.en,
  nameZhCn: product.name['zh-CN'],
  descriptionEn: product.description.en,
  descriptionZhCn: product.description['zh-CN'],
  category: product.category,
  priceAmount: product.price,
  priceCurrency: SHOP_CURRENCY,
  picture: pictureOf(product.sku),
  reorderPoint: product.reorderPoint,
})
