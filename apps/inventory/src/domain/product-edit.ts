/** What an edit makes of a product: the values that differ, and whether staff have to be warned of what they have just made so. */
import { type EditedField, editedFields, type ProductEdit } from '@meshmart/contracts'
import { stockLevel } from './stock-level.ts'

/** The fields that differ, in the order of `editedFields`; none where nothing does. */
export function differences(before: ProductEdit, after: ProductEdit): EditedField[] {
  return editedFields
    .map((field) => ({ field, before: valueAt(before, field), after: valueAt(after, field) }))
    .filter((each) => each.before !== each.after)
}

/** A field's name is its path in the edit. */
function valueAt(edit: ProductEdit, path: EditedField['field']): EditedField['before'] {
  const [name, inner] = path.split('.') as [keyof ProductEdit, string | undefined]
  const value = edit[name]
  return typeof value === 'object' ? (value as Record<string, string | number>)[inner!]! : value
}

type Shelf = Pick<ProductEdit, 'forSale' | 'reorderPoint'>

/** True where the same pieces are few only since the edit: a reorder point was raised, or a product with few pieces came back into the shop. */
export const becomesLow = (before: Shelf, after: Shelf, available: number): boolean =>
  !isLow(before, available) && isLow(after, available)

const isLow = ({ forSale, reorderPoint }: Shelf, available: number): boolean =>
  forSale && stockLevel(available, reorderPoint) !== 'in-stock'
