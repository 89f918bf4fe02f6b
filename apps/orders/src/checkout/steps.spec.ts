import { describe, expect, it } from 'vitest'
import { initialOrderState, transitions } from '../domain/order-state.ts'
import { stepNames } from './checkout.ts'
import { giveBackMoney, giveBackStock } from './compensations.ts'
import { firstStep, stepAfter, stepBefore, steps, stepsToUndo } from './steps.ts'

describe('the checkout saga', () => {
  it('has every step, in order, from received to confirmed without a gap', () => {
    expect(steps.map(({ name }) => name)).toEqual([...stepNames])
    expect(steps[0]).toMatchObject({ name: firstStep, from: initialOrderState })
    for (const [index, step] of steps.entries()) {
      expect(step.from).toBe(steps[index - 1]?.to ?? initialOrderState)
      expect(transitions[step.from]).toContain(step.to)
      expect(transitions[step.from]).toContain('rejecting')
    }
    expect(steps.at(-1)?.to).toBe('confirmed')
  })

  it('has a compensation, a timeout below the five seconds of a request, and a retry rule for each', () => {
    for (const { compensate, timeoutMs, retry, poll } of steps) {
      expect(compensate).toBeTypeOf('function')
      expect(timeoutMs).toBeLessThan(5_000)
      for (const { firstMs, factor, maxMs } of [retry, poll]) {
        expect(firstMs).toBeGreaterThan(0)
        expect(factor).toBeGreaterThan(1)
        expect(maxMs).toBeGreaterThan(firstMs)
      }
    }
  })

  it('is undone from the furthest step back, each side once', () => {
    const undone = (name: Parameters<typeof stepsToUndo>[0]) => stepsToUndo(name).map(({ compensate }) => compensate)
    expect(undone(null)).toEqual([])
    expect(undone('reserve')).toEqual([giveBackStock])
    expect(undone('authorise')).toEqual([giveBackMoney, giveBackStock])
    expect(undone('allocate')).toEqual([giveBackStock, giveBackMoney])
    expect(undone('capture')).toEqual([giveBackMoney, giveBackStock])
  })

  it('is undone at the first step even where inventory has refused it, because inventory forgets its refusals', () => {
    expect(steps.filter(({ refusalStands }) => !refusalStands).map(({ name }) => name)).toEqual(['reserve'])
  })

  it('knows its neighbours', () => {
    expect(stepNames.map(stepBefore)).toEqual([null, 'reserve', 'authorise', 'allocate'])
    expect(stepNames.map(stepAfter)).toEqual(['authorise', 'allocate', 'capture', null])
  })
})
