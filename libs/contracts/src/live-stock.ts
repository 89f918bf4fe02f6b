/** What a stream of stock says: how much of a product can be bought now. */
import { z } from 'zod'
import { Product, Sku } from './catalogue.ts'

/** Products that one stream may follow: a full cart. */
export const MOST_FOLLOWED = 50

export const StockNow = z.strictObject({ sku: Sku, ...Product.shape.stock.shape }).meta({ id: 'StockNow' })
export type StockNow = z.infer<typeof StockNow>
