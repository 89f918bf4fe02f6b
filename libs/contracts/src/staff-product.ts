/** Products as staff see them, those that are withdrawn from the shop too, and what staff may change of one. */
import { z } from 'zod'
import { StaffName } from './back-office.ts'
import { Category, Sku } from './catalogue.ts'
import { LocalizedText } from './language.ts'
import { Money, SHOP_CURRENCY } from './money.ts'
import { StaffId } from './stock.ts'
import { line } from './text.ts'

/** In minor units. A typing error of two more digits is none of the products of this shop. */
export const MOST_PRICE = 1_000_000

const inEveryLanguage = (maximum: number) => z.strictObject({ en: line(1, maximum), 'zh-CN': line(1, maximum) })

/** Body of `PUT /v1/staff/products/{sku}`, public and internal alike: all that may be changed of a product. Its stock is changed by movements alone. */
export const ProductEdit = z
  .strictObject({
    name: inEveryLanguage(120),
    description: inEveryLanguage(1_000),
    category: Category,
    price: z.strictObject({ amount: z.int().min(1).max(MOST_PRICE), currency: z.literal(SHOP_CURRENCY) }),
    /** At or below it there are few left, and staff are warned. */
    reorderPoint: z.int().min(0).max(1_000_000),
    /** What is not for sale is in no list, no search and no cart, and cannot be ordered; what was ordered before goes its way. */
    forSale: z.boolean(),
  })
  .meta({ id: 'ProductEdit' })
export type ProductEdit = z.infer<typeof ProductEdit>

/** Paths in ProductEdit of what can differ between two editions. */
export const editedFields = [
  'name.en',
  'name.zh-CN',
  'description.en',
  'description.zh-CN',
  'category',
  'price.amount',
  'reorderPoint',
  'forSale',
] as const

const fieldValue = z.union([z.string(), z.number(), z.boolean()])
export const EditedField = z
  .strictObject({ field: z.enum(editedFields), before: fieldValue, after: fieldValue })
  .meta({ id: 'EditedField' })
export type EditedField = z.infer<typeof EditedField>

const described = {
  sku: Sku,
  name: LocalizedText,
  description: LocalizedText,
  category: Category,
  price: Money,
  picture: z.string(),
  reorderPoint: z.int().min(0),
  /** What could be sold, in all warehouses that sell. */
  available: z.int().min(0),
  forSale: z.boolean(),
  /** Grows with each edit; the `ETag` of the product is this number in quotes. */
  version: z.int().min(1),
}

export const StaffProductRow = z.strictObject(described).meta({ id: 'StaffProductRow' })
export type StaffProductRow = z.infer<typeof StaffProductRow>

/** `GET /v1/staff/products?query=&category=&limit=&cursor=`; of inventory also `?skus=`, as in its catalogue. */
export const StaffProductPage = z
  .strictObject({ items: z.array(StaffProductRow), nextCursor: z.string().nullable() })
  .meta({ id: 'StaffProductPage' })
export type StaffProductPage = z.infer<typeof StaffProductPage>

const editBy = <Actor extends z.ZodType>(actor: Actor) =>
  z.strictObject({
    /** Of the product after it. */
    version: z.int().min(2),
    actor,
    at: z.iso.datetime(),
    changes: z.array(EditedField),
  })

/** `GET /v1/staff/products/{sku}` of inventory. `edits` are the last ones, newest first. */
export const StoredStaffProduct = z.strictObject({ ...described, edits: z.array(editBy(StaffId)) })
export type StoredStaffProduct = z.infer<typeof StoredStaffProduct>

export const EditOfProduct = editBy(StaffName).meta({ id: 'EditOfProduct' })

/** The same as the gateway tells it, with names. */
export const StaffProduct = z.strictObject({ ...described, edits: z.array(EditOfProduct) }).meta({ id: 'StaffProduct' })
export type StaffProduct = z.infer<typeof StaffProduct>
