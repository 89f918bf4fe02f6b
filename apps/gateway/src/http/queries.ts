import { ProductQuery } from '@meshmart/contracts'
import { z } from 'zod'

/** Query of `GET /orders`; `limit` arrives as text. */
export const OrderQuery = z.strictObject({
  limit: ProductQuery.shape.limit,
  cursor: z.string().max(8_000).optional(),
})
export type OrderQuery = z.infer<typeof OrderQuery>

export const OrderId = z.uuid()
