import type { Cart } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { isSameOffer, priceChanges, pricesOf, readPrices, shownWith, writePrices } from './price-changes.ts'

const euros = (amount: number) => ({ amount, currency: 'EUR' })
const name = { en: 'Thing', 'zh-CN': '东西' }
const cartOf = (prices: Record<string, number>, gone: string[] = []): Cart => ({
  lines: Object.entries(prices).map(([sku, amount]) => ({
    product: {
      sku,
      name,
      description: name,
      category: 'kitchen',
      price: euros(amount),
      picture: '/p.svg',
      stock: { available: 9, level: 'in-stock' },
    },
    quantity: 2,
    lineTotal: euros(2 * amount),
  })),
  total: euros(0),
  gone: gone.map((sku) => ({ sku, name, quantity: 1 })),
})

describe('a price that changes', () => {
  it('is said until its owner has agreed, however often the cart is read', () => {
    let shown = shownWith(cartOf({ 'MUG-A': 1800 }), new Map())
    expect(priceChanges(cartOf({ 'MUG-A': 1800 }), shown)).toEqual([])
    for (const amount of [1900, 2000]) shown = shownWith(cartOf({ 'MUG-A': amount }), shown)
    const now = cartOf({ 'MUG-A': 2000 })
    expect(priceChanges(now, shown)).toEqual([{ sku: 'MUG-A', name, before: euros(1800), after: euros(2000) }])
    expect(priceChanges(now, pricesOf(now))).toEqual([])
  })

  it('and changes back is no change', () => {
    const shown = shownWith(cartOf({ 'MUG-A': 1900 }), pricesOf(cartOf({ 'MUG-A': 1800 })))
    expect(priceChanges(cartOf({ 'MUG-A': 1800 }), shown)).toEqual([])
  })

  it('is said of something that was not sold for a while, too', () => {
    const seen = shownWith(cartOf({ 'MUG-A': 1800 }), new Map())
    const meanwhile = shownWith(cartOf({}, ['MUG-A']), seen)
    expect(priceChanges(cartOf({ 'MUG-A': 2100 }), meanwhile)).toMatchObject([{ sku: 'MUG-A', before: euros(1800) }])
    expect(shownWith(cartOf({}, ['PEN-B']), seen)).toEqual(new Map())
  })

  it('is none of something new, nor of something that was taken out and put in again', () => {
    const shown = pricesOf(cartOf({ 'MUG-A': 1800 }))
    expect(priceChanges(cartOf({ 'MUG-A': 1800, 'PEN-B': 300 }), shown)).toEqual([])
    const emptied = shownWith(cartOf({}), shown)
    expect(priceChanges(cartOf({ 'MUG-A': 1900 }), shownWith(cartOf({ 'MUG-A': 1900 }), emptied))).toEqual([])
  })
})

it('an offer is the same only with the same things, numbers, prices, and things that are gone', () => {
  const offer = cartOf({ 'MUG-A': 1800 })
  expect(isSameOffer(offer, structuredClone(offer))).toBe(true)
  expect(isSameOffer(offer, cartOf({ 'MUG-A': 1801 }))).toBe(false)
  expect(isSameOffer(offer, cartOf({}))).toBe(false)
  expect(isSameOffer(offer, cartOf({ 'MUG-A': 1800 }, ['PEN-B']))).toBe(false)
  expect(isSameOffer(offer, { ...offer, lines: offer.lines.map((line) => ({ ...line, quantity: 3 })) })).toBe(false)
})

it('what is kept is read as it was written, and what is no such thing is left out', () => {
  const shown = new Map([
    ['MUG-A', 1800],
    ['PEN-B', 300],
  ])
  expect(readPrices(writePrices(shown))).toEqual(shown)
  expect(readPrices(writePrices(new Map()))).toEqual(new Map())
  for (const kept of [null, '', 'null', '{"MUG-A":1}', 'MUG-A=', 'MUG-A=x', '<b>=1', 'MUG-A=1e9'])
    expect(readPrices(kept), String(kept)).toEqual(new Map())
})
