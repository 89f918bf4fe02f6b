/** Between what staff type and what the API takes: one flat form with the names of the edit's fields, so that an error goes back to the field that it names. */
import { editedFields, ProductEdit, SHOP_CURRENCY, type EditedField, type StaffProductRow } from '@meshmart/contracts'

export type FormField = EditedField['field']
/** All as text; a price with its cents, `forSale` as `yes` or `no`. */
export type ProductForm = Readonly<Record<FormField, string>>

export const formOf = ({
  name,
  description,
  category,
  price,
  reorderPoint,
  forSale,
}: StaffProductRow): ProductForm => ({
  'name.en': name.en,
  'name.zh-CN': name['zh-CN'],
  'description.en': description.en,
  'description.zh-CN': description['zh-CN'],
  category,
  'price.amount': (price.amount / 100).toFixed(2),
  reorderPoint: String(reorderPoint),
  forSale: forSale ? 'yes' : 'no',
})

/** Checks it with the same schema as the server. */
export function readForm(form: ProductForm): { edit: ProductEdit } | { wrong: readonly string[] } {
  const parsed = ProductEdit.safeParse({
    name: { en: form['name.en'], 'zh-CN': form['name.zh-CN'] },
    description: { en: oneLine(form['description.en']), 'zh-CN': oneLine(form['description.zh-CN']) },
    category: form.category,
    price: { amount: centsOf(form['price.amount']), currency: SHOP_CURRENCY },
    reorderPoint: wholeOf(form.reorderPoint),
    forSale: form.forSale === 'yes',
  })
  if (parsed.success) return { edit: parsed.data }
  return { wrong: parsed.error.issues.map(({ path }) => path.join('.')) }
}

/** What somebody has typed over what they had read, by field. */
export const typedOver = (read: ProductForm, form: ProductForm): Partial<ProductForm> =>
  Object.fromEntries(editedFields.flatMap((field) => (form[field] === read[field] ? [] : [[field, form[field]]])))

/** `18`, `18.5` and `18,50` are prices; what is none is no number, which the schema refuses. */
function centsOf(text: string): number {
  const [, whole, cents = ''] = /^(\d{1,7})(?:[.,](\d{1,2}))?$/.exec(text.trim()) ?? []
  return whole === undefined ? Number.NaN : Number(whole) * 100 + Number(cents.padEnd(2, '0'))
}

const wholeOf = (text: string): number => (/^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN)

/** A field of several lines is for reading; the text has none. */
const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ')
