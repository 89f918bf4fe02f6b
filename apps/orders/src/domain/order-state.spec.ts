import { isFinalOrderState, orderStates, type OrderState } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { assertTransition, canBeCancelled, IllegalTransition, initialOrderState, transitions } from './order-state.ts'

const reachableFrom = (start: OrderState): Set<OrderState> => {
  const seen = new Set<OrderState>([start])
  for (const state of seen) for (const next of transitions[state]) seen.add(next)
  return seen
}

describe('the states of an order', () => {
  it('can all be reached from the first', () => {
    expect([...reachableFrom(initialOrderState)].sort()).toEqual([...orderStates].sort())
  })

  it.each(orderStates.filter((state) => !isFinalOrderState(state)))('%s can be left, and leads to an end', (state) => {
    expect(transitions[state].length).toBeGreaterThan(0)
    expect([...reachableFrom(state)].some(isFinalOrderState)).toBe(true)
  })

  it('end in rejected and cancelled for good; confirmed can still be cancelled, or given back piece by piece', () => {
    expect(orderStates.filter((state) => transitions[state].length === 0)).toEqual(['rejected', 'cancelled'])
    expect(transitions.confirmed).toEqual(['cancelling', 'cancelled'])
  })

  it('let the customer cancel until the order is being rejected', () => {
    expect(orderStates.filter(canBeCancelled)).toEqual(['received', 'reserved', 'authorised', 'allocated', 'confirmed'])
  })

  it('refuse what the table does not have', () => {
    for (const from of orderStates) {
      for (const to of orderStates) {
        const attempt = (): void => assertTransition(from, to)
        if (transitions[from].includes(to)) expect(attempt).not.toThrow()
        else expect(attempt).toThrow(IllegalTransition)
      }
    }
  })
})
