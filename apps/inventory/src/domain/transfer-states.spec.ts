import { TransferState } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { decideTransfer, finalTransferStates, initialTransferState, transferTransitions } from './transfer-states.ts'

const states = TransferState.options

describe('transfer states', () => {
  it('can all be reached from the first one, and left, except the final ones', () => {
    const reached = new Set([initialTransferState])
    for (const _ of states) for (const { from, to } of transferTransitions) if (reached.has(from)) reached.add(to)
    expect([...reached].sort()).toEqual([...states].sort())
    const left = new Set(transferTransitions.map(({ from }) => from))
    expect(states.filter((state) => !left.has(state)).sort()).toEqual([...finalTransferStates].sort())
  })

  it('leave the goods at the source, on the way, or at the destination, and nowhere else', () => {
    const whereIn = { requested: 'source', cancelled: 'source', shipped: 'transit', received: 'destination' } as const
    for (const { from, to, moves } of transferTransitions) {
      expect(moves?.out ?? whereIn[from], `${from} → ${to}`).toBe(whereIn[from])
      expect(moves?.into ?? whereIn[from], `${from} → ${to}`).toBe(whereIn[to])
    }
  })

  it.each([
    ['shipped', 'ship', 'done'],
    ['received', 'receive', 'done'],
    ['cancelled', 'cancel', 'done'],
    ['requested', 'receive', 'forbidden'],
    ['received', 'ship', 'forbidden'],
    ['shipped', 'cancel', 'forbidden'],
    ['cancelled', 'ship', 'forbidden'],
  ] as const)('%s: %s is %s', (state, action, outcome) => {
    expect(decideTransfer(state, action)).toBe(outcome)
  })
})
