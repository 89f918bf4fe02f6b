/** What the paths and queries of lists and of single things may be. */
import { ProductQuery } from '@meshmart/contracts'
import { applyDecorators } from '@nestjs/common'
import { ApiQuery } from '@nestjs/swagger'
import { z } from 'zod'

/** Query of `GET /orders`; `limit` arrives as text. */
export const OrderQuery = z.strictObject({
  limit: ProductQuery.shape.limit,
  cursor: z.string().max(8_000).optional(),
})
export type OrderQuery = z.infer<typeof OrderQuery>

export const AddressQuery = z.strictObject({
  limit: ProductQuery.shape.limit,
  cursor: z.string().max(200).optional(),
})
export type AddressQuery = z.infer<typeof AddressQuery>

export const OrderId = z.uuid()
export const AddressId = z.uuid()

/** Says in the document that a list is given page by page. */
export const ApiPage = () =>
  applyDecorators(
    ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 100, default: 24 } }),
    ApiQuery({
      name: 'cursor',
      required: false,
      description: '`nextCursor` of the page before',
      schema: { type: 'string' },
    }),
  )
