import { OrderRequest, type Card, type Money } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { CustomerId } from './customer.ts'
import { fingerprintOf } from './fingerprint.ts'
import { totalOf, unpriced, withLineTotal } from './lines.ts'
import { blameItems, causeOf, publicRejection, rejections } from './rejection.ts'

const request = (
  change: { card?: Partial<Card>; quantity?: number; city?: string; total?: Money } = {},
): OrderRequest =>
  OrderRequest.parse({
    items: [{ sku: 'MUG-DAWN', quantity: change.quantity ?? 1 }],
    payment: { card: { number: '4242424242424242', expiry: '12/30', cvc: '737', ...change.card } },
    shippingAddress: { name: 'Ada', line1: 'Elm 1', postalCode: '10115', city: change.city ?? 'Berlin', country: 'DE' },
    email: 'ada@example.com',
    ...(change.total && { total: change.total }),
  })

describe('the fingerprint of a request', () => {
  it('differs with what is asked for', () => {
    const all = [
      request(),
      request({ quantity: 2 }),
      request({ city: 'Bonn' }),
      request({ card: { expiry: '01/31' } }),
      request({ card: { number: '4000000000000002' } }),
      request({ total: { amount: 1_450, currency: 'EUR' } }),
      request({ total: { amount: 1_451, currency: 'EUR' } }),
      request({ total: { amount: 1_450, currency: 'USD' } }),
    ]
    expect(new Set(all.map(fingerprintOf)).size).toBe(all.length)
  })

  it('is that of old orders where nothing was agreed: their keys are asked for again', () => {
    expect(fingerprintOf(request())).toBe('c20e532fe61b1d518ddd7e717036bc0233970d7c061533a28347f84de518149d')
  })

  it('takes nothing from the card but its last four digits and its expiry', () => {
    const other = request({ card: { number: '4000000000024242', cvc: '111' } })
    expect(fingerprintOf(other)).toBe(fingerprintOf(request()))
  })
})

describe('a customer id', () => {
  const id = '0b54cd6e-9cf4-4c4b-a1a5-2b6a2d8f4f11'
  it.each([`account:${id}`, `guest:${id}`])('may be %s', (text) =>
    expect(CustomerId.safeParse(text).success).toBe(true),
  )
  it.each(['', id, `admin:${id}`, `guest:${id} `, `guest:${id.toUpperCase()}`, 'guest:1'])('may not be "%s"', (text) =>
    expect(CustomerId.safeParse(text).success).toBe(false),
  )
})

describe('lines', () => {
  it('cost what they cost, exactly', () => {
    const price = (amount: number) => ({ amount, currency: 'EUR' })
    const line = { sku: 'MUG-DAWN', quantity: 3, name: { en: 'Mug', 'zh-CN': '杯' }, unitPrice: price(1_999) }
    expect(withLineTotal(line, 1)).toMatchObject({ quantity: 3, returned: 1, lineTotal: price(5_997) })
    expect(totalOf([line, unpriced({ sku: 'NO-SUCH', quantity: 9 })])).toEqual(price(5_997))
    expect(totalOf([])).toEqual(price(0))
  })
})

describe('a rejection', () => {
  it('blames the customer’s items for inventory’s lines', () => {
    const errors = [
      { field: 'lines.0.quantity', code: 'x' },
      { field: 'lines.12', code: 'x' },
      { field: 'orderId', code: 'x' },
    ]
    expect(blameItems('sold-out', errors).map(({ field }) => field)).toEqual(['items.0.quantity', 'items.12.quantity'])
    expect(blameItems('unknown-sku', errors)[1]).toEqual({ field: 'items.12.sku', code: 'unknown-sku' })
  })

  it('has a cause for the history and a public face', () => {
    expect(rejections.map(causeOf)).toEqual([
      'declined',
      'declined',
      'declined',
      'payment-expired',
      'sold-out',
      'price-changed',
      'unknown-sku',
    ])
    expect(rejections.map(publicRejection)).toEqual([
      'card-declined',
      'insufficient-funds',
      'card-expired',
      'card-declined',
      'sold-out',
      'price-changed',
      null,
    ])
  })
})
