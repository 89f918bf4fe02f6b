/** What the queries of the staff's lists may be, and how the document says so. Numbers arrive as text. */
import { MOST_BUCKETS, ProductQuery, ReplenishmentState, StaffOrderFilter, TransferState } from '@meshmart/contracts'
import { applyDecorators } from '@nestjs/common'
import { ApiQuery } from '@nestjs/swagger'
import { z } from 'zod'

const { limit } = ProductQuery.shape
const cursor = z.string().max(200).optional()

export const StaffOrderQuery = z.strictObject({
  state: StaffOrderFilter.optional(),
  search: z.string().min(1).max(254).optional(),
  limit,
  cursor,
})
export type StaffOrderQuery = z.infer<typeof StaffOrderQuery>

export const FigureQuery = z.strictObject({
  bucket: z.enum(['minute', 'hour']).default('minute'),
  count: z
    .string()
    .regex(/^\d{1,4}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(MOST_BUCKETS))
    .default(60),
})
export type FigureQuery = z.infer<typeof FigureQuery>

export const StaffProductQuery = ProductQuery
export type StaffProductQuery = ProductQuery

export const MovementQuery = z.strictObject({
  limit,
  cursor: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional(),
})
export type MovementQuery = z.infer<typeof MovementQuery>

export const WarningQuery = z.strictObject({ limit, open: z.enum(['true', 'false']).optional() })
export type WarningQuery = z.infer<typeof WarningQuery>

export const TransferQuery = z.strictObject({ limit, state: TransferState.optional() })
export type TransferQuery = z.infer<typeof TransferQuery>

export const ReplenishmentQuery = z.strictObject({ limit, state: ReplenishmentState.optional() })
export type ReplenishmentQuery = z.infer<typeof ReplenishmentQuery>

export const DeadLetterQuery = z.strictObject({
  limit,
  service: z
    .string()
    .regex(/^[a-z0-9-]{1,63}$/)
    .optional(),
})
export type DeadLetterQuery = z.infer<typeof DeadLetterQuery>

export const ApiChoice = (name: string, values: readonly string[]) =>
  applyDecorators(ApiQuery({ name, required: false, schema: { type: 'string', enum: [...values] } }))

export const ApiLimit = () =>
  ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 100, default: 24 } })
