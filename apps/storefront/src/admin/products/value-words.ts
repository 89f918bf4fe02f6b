/** A value of a product's field in the reader's language: as it was edited, or as it was typed. */
import { Category, formatMoney, SHOP_CURRENCY, type EditedField } from '@meshmart/contracts'
import { useOfficeTexts } from '../texts/office-texts.ts'
import type { FormField } from './product-form.ts'

export function useValueWords() {
  const { language, office, shop } = useOfficeTexts()
  const categoryWords = (value: string): string => {
    const known = Category.safeParse(value)
    return known.success ? shop.category[known.data] : value
  }
  return {
    edited: (field: FormField, value: EditedField['before']): string => {
      if (typeof value === 'boolean') return office.edit.forSale[value ? 'yes' : 'no']
      if (typeof value === 'number')
        return field === 'price.amount'
          ? formatMoney({ amount: value, currency: SHOP_CURRENCY }, language)
          : String(value)
      return field === 'category' ? categoryWords(value) : value
    },
    typed: (field: FormField, text: string): string => {
      if (field === 'forSale') return office.edit.forSale[text === 'yes' ? 'yes' : 'no']
      return field === 'category' ? categoryWords(text) : text
    },
  }
}
