/** The query of `GET /v1/orders`, and the cursor that leads from one page to the next. */
import { ProductQuery, type Order } from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'
import { z } from 'zod'
import type { ListPosition } from '../persistence/order-store.ts'

export const ListQuery = z.strictObject({
  limit: ProductQuery.shape.limit.unwrap().default(20),
  cursor: z.string().max(200).optional(),
})
export type ListQuery = z.infer<typeof ListQuery>

const Cursor = z.tuple([z.iso.datetime(), z.uuid()])

/** Opaque to the caller: where the page ended. */
export const cursorAfter = ({ createdAt, id }: Pick<Order, 'createdAt' | 'id'>): string =>
  Buffer.from(`${createdAt} ${id}`).toString('base64url')

/** Throws ProblemException `invalid-request` for a cursor that is not one of ours. */
export function positionOf(cursor: string | undefined): ListPosition | null {
  if (cursor === undefined) return null
  const parsed = Cursor.safeParse(Buffer.from(cursor, 'base64url').toString('utf8').split(' '))
  if (!parsed.success) throw new ProblemException('invalid-request', { errors: [{ field: 'cursor', code: 'format' }] })
  const [createdAt, id] = parsed.data
  return { createdAt: new Date(createdAt), id }
}
