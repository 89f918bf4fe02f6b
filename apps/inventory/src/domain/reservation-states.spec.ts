import { ReservationState } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import {
  availableFactor,
  decideTransition,
  finalReservationStates,
  initialReservationState,
  reservationTransitions,
} from './reservation-states.ts'

const states = ReservationState.options

describe('reservation states', () => {
  it('can all be reached from the first one', () => {
    const reached = new Set([initialReservationState])
    for (const _ of states) {
      for (const { from, to } of reservationTransitions) if (reached.has(from)) reached.add(to)
    }
    expect([...reached].sort()).toEqual([...states].sort())
  })

  it('can all be left, except the final ones', () => {
    const left = new Set(reservationTransitions.map(({ from }) => from))
    expect(states.filter((state) => !left.has(state)).sort()).toEqual([...finalReservationStates].sort())
  })

  it('have one way out for each action', () => {
    const keys = reservationTransitions.map(({ from, action }) => `${from} ${action}`)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('leave nothing on hold outside of held, whichever way a reservation goes', () => {
    const heldIn = (state: ReservationState): number => (state === 'held' ? 1 : 0)
    const takenIn = (state: ReservationState): number => (state === 'confirmed' ? 1 : 0)
    for (const { from, to, effect } of reservationTransitions) {
      expect(heldIn(to) - heldIn(from), `${from} → ${to} held`).toBe(effect.held)
      expect(takenIn(from) - takenIn(to), `${from} → ${to} on hand`).toBe(effect.onHand)
    }
  })

  it('take free stock only where an expired hold is confirmed late', () => {
    const taking = reservationTransitions.filter(({ effect }) => availableFactor(effect) < 0)
    expect(taking.map(({ from, to }) => `${from} → ${to}`)).toEqual(['expired → confirmed'])
  })
})

describe('decideTransition', () => {
  it.each([
    ['confirmed', 'confirm'],
    ['released', 'release'],
    ['returned', 'return'],
    ['expired', 'expire'],
  ] as const)('%s: %s has already had its effect', (state, action) => {
    expect(decideTransition(state, action)).toBe('done')
  })

  it.each([
    ['held', 'return'],
    ['confirmed', 'release'],
    ['confirmed', 'expire'],
    ['released', 'confirm'],
    ['released', 'return'],
    ['expired', 'return'],
    ['returned', 'confirm'],
    ['returned', 'release'],
  ] as const)('%s: %s is forbidden', (state, action) => {
    expect(decideTransition(state, action)).toBe('forbidden')
  })
})
