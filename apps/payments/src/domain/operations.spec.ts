import type { Charge, ChargeOperation } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { effectOf, openingOf, type Standing } from './operations.ts'

const held: Standing = { state: 'authorised', amount: 100, captured: 0, refunded: 0, refunding: 0 }
const taken: Standing = { ...held, state: 'captured', captured: 80 }

describe('openingOf', () => {
  it.each([
    [held, 'capture', null, { kind: 'open', amount: 100 }],
    [held, 'capture', 60, { kind: 'open', amount: 60 }],
    [held, 'capture', 101, { kind: 'refused', code: 'capture-exceeds-authorised' }],
    [taken, 'capture', null, { kind: 'done' }],
    [taken, 'capture', 80, { kind: 'done' }],
    [taken, 'capture', 79, { kind: 'refused', code: 'wrong-state' }],
    [{ ...held, state: 'pending' }, 'capture', null, { kind: 'refused', code: 'wrong-state' }],
    [{ ...held, state: 'expired' }, 'capture', null, { kind: 'refused', code: 'wrong-state' }],
    [held, 'void', null, { kind: 'open', amount: 100 }],
    [taken, 'void', null, { kind: 'refused', code: 'wrong-state' }],
    [{ ...held, state: 'voided' }, 'void', null, { kind: 'done' }],
    [held, 'refund', null, { kind: 'refused', code: 'wrong-state' }],
    [taken, 'refund', null, { kind: 'open', amount: 80 }],
    [taken, 'refund', 81, { kind: 'refused', code: 'refund-exceeds-captured' }],
    [{ ...taken, refunded: 30, refunding: 20 }, 'refund', null, { kind: 'open', amount: 30 }],
    [{ ...taken, refunded: 30, refunding: 20 }, 'refund', 31, { kind: 'refused', code: 'refund-exceeds-captured' }],
    [{ ...taken, refunding: 80 }, 'refund', null, { kind: 'refused', code: 'request-in-progress' }],
    [{ ...taken, state: 'refunded', refunded: 80 }, 'refund', null, { kind: 'done' }],
    [{ ...taken, state: 'refunded', refunded: 80 }, 'refund', 1, { kind: 'refused', code: 'refund-exceeds-captured' }],
  ] as const)('%j, %s of %s: %j', (standing, kind, asked, opening) => {
    expect(openingOf(standing, kind, asked)).toEqual(opening)
  })
})

describe('effectOf', () => {
  const charge = (state: Charge['state']) =>
    ({ state, declineReason: state === 'declined' ? 'card-declined' : null }) as Charge
  const operation = (outcome: ChargeOperation['outcome'], state: Charge['state']) =>
    ({ outcome, charge: charge(state) }) as ChargeOperation
  const nothing = { outcome: 'done', action: null, declineReason: null, moved: null }

  it.each([
    [
      'yes',
      { ...held, state: 'pending' },
      100,
      { of: 'authorise', charge: charge('authorised') },
      { action: 'authorise' },
    ],
    [
      'no',
      { ...held, state: 'pending' },
      100,
      { of: 'authorise', charge: charge('declined') },
      { outcome: 'refused', action: 'decline', declineReason: 'card-declined' },
    ],
    [
      'authorised, and let go before we heard',
      { ...held, state: 'pending' },
      100,
      { of: 'authorise', charge: charge('expired') },
      { action: 'authorise' },
    ],
    ['let go', held, 100, { of: 'inquire', charge: charge('expired') }, { action: 'expire' }],
    ['still held: their clock is behind', held, 100, { of: 'inquire', charge: charge('authorised') }, {}],
    ['let go, but we had captured', taken, 100, { of: 'inquire', charge: charge('expired') }, {}],
    [
      'a part',
      held,
      60,
      { of: 'capture', operation: operation('done', 'captured') },
      { action: 'capture', captured: 60, moved: { kind: 'capture', amount: 60 } },
    ],
    [
      'too late',
      held,
      60,
      { of: 'capture', operation: operation('refused', 'expired') },
      { outcome: 'refused', action: 'expire' },
    ],
    [
      'refused for another reason',
      held,
      60,
      { of: 'capture', operation: operation('refused', 'authorised') },
      { outcome: 'refused' },
    ],
    ['void', held, 100, { of: 'void', operation: operation('done', 'voided') }, { action: 'void' }],
    [
      'a part back',
      { ...taken, refunding: 50 },
      30,
      { of: 'refund', operation: operation('done', 'captured') },
      { refunded: 30, refunding: 20, moved: { kind: 'refund', amount: 30 } },
    ],
    [
      'the last part back',
      { ...taken, refunded: 50, refunding: 30 },
      30,
      { of: 'refund', operation: operation('done', 'captured') },
      { action: 'refund', refunded: 80, refunding: 0, moved: { kind: 'refund', amount: 30 } },
    ],
    [
      'not back',
      { ...taken, refunding: 30 },
      30,
      { of: 'refund', operation: operation('refused', 'captured') },
      { outcome: 'refused', refunding: 0 },
    ],
  ] as const)('%s', (_what, standing, amount, answer, change) => {
    const { captured, refunded, refunding } = standing
    expect(effectOf(standing, amount, answer)).toEqual({ ...nothing, captured, refunded, refunding, ...change })
  })
})
