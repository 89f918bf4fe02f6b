import { describe, expect, it } from 'vitest'
import { cardHasExpired } from './card.ts'

describe('cardHasExpired', () => {
  it.each([
    ['02/28', '2028-02-29T23:59:59.999Z', false],
    ['02/28', '2028-03-01T00:00:00.000Z', true],
    ['12/27', '2027-12-31T23:59:59.999Z', false],
    ['12/27', '2028-01-01T00:00:00.000Z', true],
  ])('%s at %s', (expiry, now, expired) => {
    expect(cardHasExpired(expiry, new Date(now))).toBe(expired)
  })
})
