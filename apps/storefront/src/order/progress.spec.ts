import { orderStates, type OrderState } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { canCancel, progressOf, shortId, toneOf } from './progress.ts'

const at = '2026-11-22T10:00:00Z'
const order = (...states: OrderState[]) => ({
  state: states.at(-1)!,
  history: states.map((state) => ({ state, at, cause: 'checkout' })),
})
const statuses = (...states: OrderState[]) => progressOf(order(...states)).map(({ status }) => status)

describe('progressOf', () => {
  it('fills up to the step that is being worked on', () => {
    expect(statuses('received', 'reserved')).toEqual(['done', 'active', 'waiting', 'waiting', 'waiting'])
  })

  it('is full when the order is confirmed', () => {
    expect(statuses('received', 'reserved', 'authorised', 'allocated', 'confirmed')).toEqual(Array(5).fill('done'))
  })

  it('shows how far a rejected order got', () => {
    expect(statuses('received', 'reserved', 'rejecting', 'rejected')).toEqual([
      'undone',
      'undone',
      'waiting',
      'waiting',
      'waiting',
    ])
  })

  it('shows all steps of a cancelled order as undone', () => {
    expect(statuses('received', 'reserved', 'authorised', 'allocated', 'confirmed', 'cancelling')).toEqual(
      Array(5).fill('undone'),
    )
  })

  it('gives the time at which a step was reached', () => {
    expect(progressOf(order('received')).map((step) => step.at)).toEqual([at, null, null, null, null])
    const later = { state: 'confirmed' as const, at: '2026-11-23T10:00:00Z', cause: 'returned' }
    const confirmed = order('received', 'reserved', 'authorised', 'allocated', 'confirmed')
    expect(progressOf({ ...confirmed, history: [...confirmed.history, later] }).at(-1)?.at).toBe(at)
  })
})

it('has a tone for every state', () => {
  for (const state of orderStates) expect(toneOf(state)).toBeTruthy()
})

it('offers to cancel a confirmed order only', () => {
  expect(orderStates.filter((state) => canCancel({ state }))).toEqual(['confirmed'])
})

it('shortens an id to its end, where ids of the same moment differ', () => {
  expect(shortId('0198c0de-1111-7000-8000-00000abc12ef')).toBe('BC12EF')
})
