import { z } from 'zod'
import { LocalizedText } from './language.ts'
import { Money } from './money.ts'

export const Sku = z
  .string()
  .regex(/^[A-Z0-9]{2,8}(-[A-Z0-9]{1,12}){1,4}$/)
  .max(40)
  .meta({ id: 'Sku', example: 'MUG-DAWN' })
/** How many of one product; more than 99 in a line is a mistake, not a purchase. */
export const Quantity = z.int().min(1).max(99)

export const categories = ['kitchen', 'textiles', 'stationery', 'lighting', 'garden'] as const
export const Category = z.enum(categories).meta({ id: 'Category' })
export type Category = z.infer<typeof Category>

export const StockLevel = z.enum(['in-stock', 'few-left', 'sold-out']).meta({ id: 'StockLevel' })
export type StockLevel = z.infer<typeof StockLevel>

export const Product = z
  .strictObject({
    sku: Sku,
    name: LocalizedText,
    description: LocalizedText,
    category: Category,
    price: Money,
    /** Path of the picture below the shop's origin. */
    picture: z.string(),
    stock: z.strictObject({ available: z.int().min(0), level: StockLevel }),
  })
  .meta({ id: 'Product' })
export type Product = z.infer<typeof Product>

export const ProductPage = z
  .strictObject({ items: z.array(Product), nextCursor: z.string().nullable() })
  .meta({ id: 'ProductPage' })
export type ProductPage = z.infer<typeof ProductPage>

/** Query of `GET /products`; `limit` arrives as text. */
export const ProductQuery = z.strictObject({
  query: z.string().trim().max(100).optional(),
  category: Category.optional(),
  /** Decimal digits: what else JavaScript takes for a number (`0x10`, `1e1`, nothing at all) is a mistake here. */
  limit: z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(1).max(100)).default(24),
  cursor: z.string().max(200).optional(),
})
export type ProductQuery = z.infer<typeof ProductQuery>
