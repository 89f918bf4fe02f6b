import { PaymentState } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { firstState, nextState, type PaymentAction, paymentStates, resultOf } from './payment-states.ts'

const moves = Object.entries(paymentStates).flatMap(([from, actions]) =>
  Object.entries(actions).map(([action, to]) => ({ from: from as PaymentState, action: action as PaymentAction, to })),
)

describe('paymentStates', () => {
  it('reaches every state of the contract from the first', () => {
    const reached = new Set<PaymentState>([firstState])
    for (let size = 0; size < reached.size;) {
      size = reached.size
      for (const { from, to } of moves) if (reached.has(from)) reached.add(to)
    }
    expect([...reached].sort()).toEqual([...PaymentState.options].sort())
  })

  it('leaves every state but the final ones, and never comes back', () => {
    const left = new Set(moves.map((move) => move.from))
    expect(PaymentState.options.filter((state) => !left.has(state)).sort()).toEqual([
      'declined',
      'expired',
      'refunded',
      'voided',
    ])
    const after = (state: PaymentState): PaymentState[] =>
      moves.filter((move) => move.from === state).flatMap((move) => [move.to, ...after(move.to)])
    for (const state of PaymentState.options) expect(after(state)).not.toContain(state)
  })

  it('leads each action to the one state that is named after it', () => {
    for (const { action, to } of moves) expect(resultOf[action]).toBe(to)
    expect(new Set(moves.map((move) => move.action)).size).toBe(Object.keys(resultOf).length)
  })

  it('keeps money that is taken from being voided, and unknown outcomes from being used', () => {
    expect(nextState('captured', 'void')).toBeUndefined()
    expect(nextState('pending', 'capture')).toBeUndefined()
    expect(nextState('pending', 'void')).toBeUndefined()
  })
})
