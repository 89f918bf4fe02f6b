import { describe, expect, it } from 'vitest'
import { changeOf, declineReasonOf, type ChargeBook } from './decide.ts'

const now = new Date('2026-11-29T12:00:00Z')
const later = new Date(now.getTime() + 1)

describe('declineReasonOf', () => {
  it.each([
    ['approve', '11/26', 100, 0, null],
    ['approve', '10/26', 100, 0, 'card-expired'],
    ['decline', '11/26', 100, 0, 'card-declined'],
    ['insufficient-funds', '11/26', 100, 0, 'insufficient-funds'],
    ['approve', '11/26', 100, 100, null],
    ['approve', '11/26', 101, 100, 'insufficient-funds'],
  ] as const)('%s %s %d above %d: %s', (behaviour, expiry, amount, above, reason) => {
    expect(declineReasonOf({ behaviour, expiry }, amount, above, now)).toBe(reason)
  })
})

describe('changeOf', () => {
  const held: ChargeBook = { state: 'authorised', amount: 100, captured: 0, refunded: 0, expiresAt: later }
  const taken: ChargeBook = { ...held, state: 'captured', captured: 80, refunded: 30 }
  it.each([
    ['capture', held, 100, { state: 'captured', captured: 100 }],
    ['capture', held, 1, { state: 'captured', captured: 1 }],
    ['capture', held, 101, null],
    ['capture', { ...held, expiresAt: now }, 100, null],
    ['capture', taken, 20, null],
    ['capture', { ...held, state: 'voided' }, 100, null],
    ['void', held, 100, { state: 'voided' }],
    ['void', taken, 100, null],
    ['void', { ...held, expiresAt: now }, 100, null],
    ['refund', held, 1, null],
    ['refund', taken, 50, { refunded: 80 }],
    ['refund', taken, 51, null],
    ['refund', { ...taken, expiresAt: now }, 1, { refunded: 31 }],
  ] as const)('%s of %j by %d: %j', (kind, charge, amount, change) => {
    expect(changeOf(charge, kind, amount, now)).toEqual(change)
  })
})
