/**
 * Opens the shop on an empty database. Every row is inserted only where it is missing and the opening movement is unique by constraint, so that any
 * number of replicas may start at once, at any time, and a product that has been sold since is never filled up again.
 */
import { SHOP_CURRENCY } from '@meshmart/contracts'
import { CLOCK, type Clock, Log, Outbox } from '@meshmart/service-kit'
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common'
import { stockEvents } from '../domain/stock-events.ts'
import { PrismaClient } from '../generated/prisma/client.ts'
import { stockTransaction } from '../persistence/transaction.ts'
import { type CatalogueProduct, catalogueProducts, pictureOf } from './products.ts'

@Injectable()
export class CatalogueOpening implements OnModuleInit {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async onModuleInit(): Promise<void> {
    const opened = await this.open(catalogueProducts)
    if (opened > 0) this.log.info('catalogue opened', { products: opened })
  }

  /** Inserts what is missing and returns how many products got their opening stock. */
  async open(products: readonly CatalogueProduct[]): Promise<number> {
    return this.prisma.$transaction(async (tx) => {
      const rows = products.map((product, index) => productRow(product, index))
      await tx.product.createMany({ data: rows, skipDuplicates: true })
      await tx.$executeRaw`
        INSERT INTO "stock" ("sku") SELECT unnest(${rows.map(({ sku }) => sku)}::text[]) ON CONFLICT DO NOTHING`
      const opened = await tx.stockMovement.createManyAndReturn({
        data: products.map(({ sku, openingStock }) => ({
          sku,
          kind: 'opening',
          quantity: openingStock,
          at: this.clock.now(),
        })),
        skipDuplicates: true,
        select: { sku: true, quantity: true },
      })
      const reorderPoints = new Map(products.map(({ sku, reorderPoint }) => [sku, reorderPoint]))
      for (const { sku, quantity } of opened) {
        const change = { sku, before: 0, after: quantity, reorderPoint: reorderPoints.get(sku)! }
        for (const event of stockEvents({ ...change, cause: 'opening' })) await this.outbox.append(tx, event)
      }
      return opened.length
    }, stockTransaction)
  }
}

const productRow = (product: CatalogueProduct, position: number) => ({
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
