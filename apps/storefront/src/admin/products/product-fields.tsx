/** The fields of a product, each with what was wrong with it, or with what somebody had typed before somebody else was faster. */
import { categories, editedFields, MOST_PRICE, type EditedField } from '@meshmart/contracts'
import { SelectField, TextAreaField, TextField } from '@meshmart/ui'
import { useOfficeTexts } from '../texts/office-texts.ts'
import { useValueWords } from './value-words.ts'
import type { FormField, ProductForm } from './product-form.ts'

type ProductFieldsProps = {
  form: ProductForm
  wrong: readonly string[]
  /** What was typed and not saved, because somebody else was faster. */
  typed: Partial<ProductForm>
  change: (field: FormField, value: string) => void
}

export function ProductFields({ form, wrong, typed, change }: ProductFieldsProps) {
  const { office, shop } = useOfficeTexts()
  const words = office.edit
  const wordsFor = useValueWords()
  const tied = (field: EditedField['field']) => ({
    name: field,
    label: words.field[field],
    value: form[field],
    error: wrong.some((path) => path === field || field.startsWith(`${path}.`)) ? words.wrong[field] : undefined,
    hint:
      typed[field] !== undefined && typed[field] !== form[field] ? (
        <>
          {words.youTyped} <span lang="">{wordsFor.typed(field, typed[field])}</span>
        </>
      ) : undefined,
    onChange: (event: { target: { value: string } }) => change(field, event.target.value),
  })
  return (
    <>
      <TextField {...tied('name.en')} lang="en" maxLength={120} />
      <TextField {...tied('name.zh-CN')} lang="zh-CN" maxLength={120} />
      <TextAreaField {...tied('description.en')} lang="en" rows={3} maxLength={1000} />
      <TextAreaField {...tied('description.zh-CN')} lang="zh-CN" rows={3} maxLength={1000} />
      <SelectField {...tied('category')}>
        {categories.map((each) => (
          <option key={each} value={each}>
            {shop.category[each]}
          </option>
        ))}
      </SelectField>
      <TextField {...tied('price.amount')} inputMode="decimal" maxLength={String(MOST_PRICE).length + 1} />
      <TextField {...tied('reorderPoint')} inputMode="numeric" maxLength={7} />
      <SelectField {...tied('forSale')}>
        <option value="yes">{words.forSale.yes}</option>
        <option value="no">{words.forSale.no}</option>
      </SelectField>
    </>
  )
}

/** Whether what is wrong with this path of the edit can be said at a field of the form. */
export const isFieldOfForm = (path: string): boolean =>
  editedFields.some((field) => field === path || field.startsWith(`${path}.`))
