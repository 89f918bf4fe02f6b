import { editedFields, type StaffProductRow } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { officeCatalogue } from '../texts/office-texts.ts'
import { formOf, readForm, typedOver } from './product-form.ts'

const product: StaffProductRow = {
  sku: 'MUG-DAWN',
  name: { en: 'Dawn mug', 'zh-CN': '破晓马克杯' },
  description: { en: 'Holds tea', 'zh-CN': '喝茶' },
  category: 'kitchen',
  price: { amount: 1805, currency: 'EUR' },
  picture: '/p.svg',
  reorderPoint: 5,
  available: 9,
  forSale: true,
  version: 3,
}
const form = formOf(product)

describe('the form of a product', () => {
  it('comes back as it went out', () => {
    const { name, description, category, price, reorderPoint, forSale } = product
    expect(readForm(form)).toEqual({ edit: { name, description, category, price, reorderPoint, forSale } })
    expect(readForm({ ...form, forSale: 'no' })).toMatchObject({ edit: { forSale: false } })
  })

  it.each([
    ['18', 1800],
    ['18.5', 1850],
    ['18,50', 1850],
    [' 0.07 ', 7],
    ['10000', 1_000_000],
  ])('reads %s as a price', (text, amount) => {
    expect(readForm({ ...form, 'price.amount': text })).toMatchObject({ edit: { price: { amount } } })
  })

  it.each(['', '0', '0.00', '-1', '1.234', '1e3', 'abc', '€5', '10000.01', '1 800'])(
    'takes %s for no price',
    (text) => {
      expect(readForm({ ...form, 'price.amount': text })).toEqual({ wrong: ['price.amount'] })
    },
  )

  it('names each field that is wrong as the server names it', () => {
    const empty = Object.fromEntries(editedFields.map((field) => [field, ''])) as typeof form
    const read = readForm(empty)
    expect('wrong' in read && read.wrong.toSorted()).toEqual(
      editedFields.filter((each) => each !== 'forSale').toSorted(),
    )
  })

  it('makes one line of a description, and keeps markup as text', () => {
    const description = '<b>Big</b>\n  and round'
    expect(readForm({ ...form, 'description.en': description })).toMatchObject({
      edit: { description: { en: '<b>Big</b> and round' } },
    })
  })
})

it('tells what somebody has typed from what they had read', () => {
  expect(typedOver(form, form)).toEqual({})
  expect(typedOver(form, { ...form, 'price.amount': '19.00', forSale: 'no' })).toEqual({
    'price.amount': '19.00',
    forSale: 'no',
  })
})

it('has a name and words for what may be wrong with each field', () => {
  for (const { edit } of Object.values(officeCatalogue))
    for (const field of editedFields) {
      expect(edit.field[field]).toBeTruthy()
      expect(edit.wrong[field]).toBeTruthy()
    }
})
