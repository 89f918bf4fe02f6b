import { OrderRequest, testCards } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import {
  formFields,
  groupCardNumber,
  knownTo,
  lineOf,
  readForm,
  sortFieldErrors,
  tidyExpiry,
  type CheckoutForm,
} from './form.ts'

const items = [{ sku: 'MUG-DAWN', quantity: 2 }]
const total = { amount: 2_900, currency: 'EUR' }
const form: CheckoutForm = {
  email: ' ada@example.org ',
  name: 'Ada Lovelace',
  line1: '12 St James’s Square',
  line2: '',
  postalCode: 'SW1Y 4JH',
  city: 'London',
  country: 'GB',
  number: '4242 4242 4242 4242',
  expiry: '12/30',
  cvc: '123',
}

describe('readForm', () => {
  it('makes exactly the order that the API takes', () => {
    const read = readForm(form, items, total)
    expect(read).toEqual({
      request: {
        items,
        payment: { card: { number: '4242424242424242', expiry: '12/30', cvc: '123' } },
        shippingAddress: {
          name: 'Ada Lovelace',
          line1: '12 St James’s Square',
          postalCode: 'SW1Y 4JH',
          city: 'London',
          country: 'GB',
        },
        email: 'ada@example.org',
        total,
      },
    })
    expect(OrderRequest.safeParse('request' in read ? read.request : null).success).toBe(true)
  })

  it('sends the second address line only if there is one', () => {
    const read = readForm({ ...form, line2: ' Flat 3 ' }, items, total)
    expect('request' in read && read.request.shippingAddress.line2).toBe('Flat 3')
  })

  it('names every field that is missing', () => {
    const empty = Object.fromEntries(formFields.map((field) => [field, ''])) as CheckoutForm
    const read = readForm(empty, items, total)
    expect('faults' in read && Object.keys(read.faults).toSorted()).toEqual(
      formFields.filter((field) => field !== 'line2').toSorted(),
    )
  })

  it.each([
    ['email', 'ada'],
    ['number', '4242424242424241'],
    ['expiry', '13/30'],
    ['cvc', '12'],
    ['country', 'Britain'],
    ['postalCode', '1'],
  ] as const)('refuses %s "%s" and only that', (field, text) => {
    expect(readForm({ ...form, [field]: text }, items, total)).toEqual({ faults: { [field]: 'wrong' } })
  })

  it('takes every test card', () => {
    for (const { number } of testCards) expect(readForm({ ...form, number }, items, total)).toHaveProperty('request')
  })
})

describe('sortFieldErrors', () => {
  it('brings errors to their fields and keeps the others', () => {
    const stock = { field: 'items.0.quantity', code: 'sold-out', message: 'is more than what is left' }
    expect(
      sortFieldErrors([
        { field: 'shippingAddress.city', code: 'invalid', message: 'is not valid' },
        { field: 'payment.card.expiry', code: 'card-expired', message: 'has passed' },
        stock,
      ]),
    ).toEqual({ faults: { city: 'wrong', expiry: 'card-expired' }, others: [stock] })
  })

  it.each(['card-declined', 'insufficient-funds'] as const)('keeps why the bank refused the card: %s', (code) => {
    const error = { field: 'payment.card.number', code, message: 'was declined by the bank' }
    expect(sortFieldErrors([error])).toEqual({ faults: { number: code }, others: [] })
  })

  it('finds the line that an error is about', () => {
    const about = (field: string) => lineOf({ field, code: 'sold-out', message: '' })
    expect([about('items.3.quantity'), about('lines.0'), about('email')]).toEqual([3, 0, null])
  })
})

it('groups a card number as it stands on the card', () => {
  expect(groupCardNumber('4242-4242 42424242')).toBe('4242 4242 4242 4242')
})

it.each([
  ['1230', '12/30'],
  ['12 / 30', '12/30'],
  ['12-30', '12/30'],
  ['1/30', '1/30'],
])('tidies the expiry %s to %s', (typed, tidy) => {
  expect(tidyExpiry(typed)).toBe(tidy)
})

describe('knownTo', () => {
  const empty = Object.fromEntries(formFields.map((field) => [field, ''])) as CheckoutForm
  const address = { name: 'Grace', line1: '1 Way', postalCode: '10115', city: 'Berlin', country: 'DE' }

  it('fills in what the shop knows, and nothing of the card', () => {
    expect(knownTo(empty, 'grace@example.org', address)).toEqual({ ...empty, ...address, email: 'grace@example.org' })
    expect(knownTo(empty, 'grace@example.org', undefined)).toEqual({ ...empty, email: 'grace@example.org' })
  })

  it('leaves what has been typed, and mixes no two addresses', () => {
    const typed = { ...empty, city: 'London', number: '4242' }
    expect(knownTo(typed, 'grace@example.org', address)).toEqual({ ...typed, email: 'grace@example.org' })
    expect(knownTo({ ...empty, email: 'ada@example.org' }, 'grace@example.org', address).email).toBe('ada@example.org')
  })
})
