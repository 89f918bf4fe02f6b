/** What a stream of stock says: how much of a product can be bought now, and what it costs. */
import { z } from 'zod'
import { Product, Sku } from './catalogue.ts'
import { Money } from './money.ts'

/** Products that one stream may follow: a full cart. */
export const MOST_FOLLOWED = 50

/** `price` is null where the shop does not sell it, or not any more. */
export const StockNow = z
  .strictObject({ sku: Sku, ...Product.shape.stock.shape, price: Money.nullable() })
  .meta({ id: 'StockNow' })
export type StockNow = z.infer<typeof StockNow>
