/** What may be asked of the catalogue. Inventory takes one thing more than the public API: a list of SKUs, for carts and orders. */
import { ProductQuery, Sku } from '@meshmart/contracts'
import { z } from 'zod'
import { decodeCursor } from './cursor.ts'

/** A cart has at most 50 lines; a page at most 100 products. */
const skuLimit = 100
const fails = (code: string): { params: { code: string } } => ({ params: { code } })

export const InventoryProductQuery = ProductQuery.extend({
  cursor: z
    .string()
    .max(200)
    .refine((cursor) => decodeCursor(cursor) !== undefined, fails('format'))
    .optional(),
  /** `A,B`: these products, in the shop's order, on one page; those that do not exist are left out. */
  skus: z
    .string()
    .max(skuLimit * 41)
    .refine((list) => list.split(',').every((sku) => Sku.safeParse(sku).success), fails('format'))
    .refine((list) => list.split(',').length <= skuLimit, fails('too-big'))
    .optional(),
}).refine(
  ({ query, cursor }) => cursor === undefined || isSearch(query) === (decodeCursor(cursor)?.score !== undefined),
  {
    // A cursor goes on with the list that it came from: a search has another order than the catalogue.
    path: ['cursor'],
    ...fails('format'),
  },
)

/** Whether anything was typed: what is listed then is ordered by how well it fits. */
export const isSearch = (query: string | undefined): boolean => (query ?? '') !== ''
export type InventoryProductQuery = z.infer<typeof InventoryProductQuery>
