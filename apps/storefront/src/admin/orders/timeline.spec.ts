import type { StaffOrder } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { timelineOf } from './timeline.ts'

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()
const staff = { id: `account:${'0'.repeat(36)}`, name: 'Eve' }

describe('an order’s time line', () => {
  it('puts transitions, attempts and what staff asked for in the order of time, and a wish before what followed', () => {
    const history = [
      { state: 'received', cause: 'checkout', at: at(0) },
      { state: 'reserved', cause: 'checkout', at: at(1) },
      { state: 'reserved', cause: 'return-requested', at: at(4) },
      { state: 'cancelling', cause: 'staff', at: at(5) },
      { state: 'cancelled', cause: 'staff', at: at(6) },
    ] as const
    const found = timelineOf({
      order: { history: [...history] } as unknown as StaffOrder['order'],
      unsettled: [
        {
          state: 'reserved',
          step: 'authorise',
          outcome: 'failed',
          reason: 'no answer',
          times: 3,
          firstAt: at(2),
          lastAt: at(4),
        },
      ],
      actions: [{ action: 'cancel', actor: staff, at: at(5) }],
    })
    expect(found.map(({ kind, at: when }) => [kind, when])).toEqual([
      ['transition', at(0)],
      ['transition', at(1)],
      ['attempts', at(2)],
      ['remark', at(4)],
      ['action', at(5)],
      ['transition', at(5)],
      ['transition', at(6)],
    ])
  })
})
