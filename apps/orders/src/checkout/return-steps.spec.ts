import { returnStates } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import type { OpenReturn } from '../domain/returns.ts'
import { decideReturn, returnSteps } from './return-steps.ts'

const at = (change: Partial<OpenReturn> = {}): OpenReturn => ({
  id: 'r',
  state: 'refunding',
  attempts: 0,
  lines: [],
  refund: { amount: 100, currency: 'EUR' },
  refundedAfter: 100,
  ...change,
})
const most = () => 0.999_999

describe('the saga of a return', () => {
  it('has a step out of every state but the last one, in order', () => {
    expect(returnSteps.map(({ from }) => from)).toEqual(returnStates.slice(0, -1))
    expect(returnSteps.map(({ to }) => to)).toEqual(returnStates.slice(1))
  })

  it('goes on at once where a step is done', () => {
    for (const { from, to } of returnSteps)
      expect(decideReturn(at({ state: from, attempts: 4 }), { kind: 'done' }, most)).toEqual({
        state: to,
        attempts: 0,
        delayMs: 0,
      })
  })

  it('repeats what is unknown, later each time, and never gives up', () => {
    const failed = { kind: 'failed', reason: 'cut' } as const
    const decisions = [0, 1, 2, 50].map((attempts) => decideReturn(at({ attempts }), failed, most))
    expect(decisions.map(({ delayMs }) => delayMs)).toEqual([100, 200, 400, 3_000])
    expect(decisions.every(({ state }) => state === 'refunding')).toBe(true)
    expect(decideReturn(at({ attempts: 2 }), { kind: 'stuck', reason: 'wrong-state' }, most)).toEqual({
      state: 'refunding',
      attempts: 3,
      delayMs: 86_400_000,
    })
    expect(decideReturn(at({ state: 'restocking', attempts: 7 }), { kind: 'unclear' }, most)).toEqual({
      state: 'restocking',
      attempts: 8,
      delayMs: 2_000,
    })
  })
})
