import { delayMs } from '@meshmart/service-kit'
import { orderStates } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { transitions } from '../domain/order-state.ts'
import type { Outcome, Position } from './checkout.ts'
import { decide } from './decide.ts'
import { steps } from './steps.ts'

const at = (position: Partial<Position>): Position => ({
  state: 'received',
  step: 'reserve',
  attempts: 0,
  rejection: null,
  ...position,
})
const done: Outcome = { kind: 'done', facts: {} }
const refused: Outcome = { kind: 'refused', rejection: 'insufficient-funds', fields: [], facts: {} }
const failed: Outcome = { kind: 'failed', reason: 'cut' }
const unclear: Outcome = { kind: 'unclear', facts: {} }
const most = () => 0.999_999

describe('deciding', () => {
  it.each(steps.map((step, index) => [step.name, step, steps[index + 1]] as const))(
    '%s done goes on',
    (name, step, next) => {
      expect(decide(at({ state: step.from, step: name, attempts: 3 }), done, most)).toMatchObject({
        transition: { to: step.to, cause: 'checkout' },
        step: next?.name ?? name,
        attempts: 0,
        delayMs: 0,
        finished: next === undefined,
      })
    },
  )

  it.each(steps.map((step, index) => [step.name, step, steps[index - 1]] as const))(
    '%s refused turns round before itself, or at itself where the refusal is not remembered',
    (name, step, previous) => {
      expect(decide(at({ state: step.from, step: name }), refused, most)).toMatchObject({
        transition: { to: 'rejecting', cause: 'declined' },
        step: step.refusalStands ? (previous?.name ?? null) : name,
        rejection: 'insufficient-funds',
        finished: false,
      })
    },
  )

  it('repeats what is unknown, later each time, and never gives up', () => {
    const delays = [0, 1, 2, 3, 50].map((attempts) => decide(at({ attempts }), failed, most))
    expect(delays.map(({ delayMs: ms }) => ms)).toEqual([100, 200, 400, 800, 3_000])
    expect(
      delays.every(({ transition, finished, step }) => transition === null && !finished && step === 'reserve'),
    ).toBe(true)
    expect(decide(at({ state: 'reserved', step: 'authorise', attempts: 7 }), unclear, most)).toMatchObject({
      transition: null,
      attempts: 8,
      delayMs: 2_000,
    })
  })

  it('remembers the effect of a step that the customer’s change of mind overtook, and undoes from there', () => {
    expect(decide(at({ state: 'cancelling', step: 'capture' }), done, most)).toMatchObject({
      transition: null,
      step: 'capture',
      delayMs: 0,
      finished: false,
    })
    expect(decide(at({ state: 'cancelling', step: 'authorise' }), refused, most)).toMatchObject({
      transition: null,
      step: 'reserve',
      rejection: null,
    })
  })

  it('leaves what is refused although it has to be done to staff, and tries it by itself once a day', () => {
    const stuck: Outcome = { kind: 'stuck', reason: 'wrong-state' }
    expect(decide(at({ state: 'cancelling', step: 'capture', attempts: 2 }), stuck, most)).toEqual({
      transition: null,
      step: 'capture',
      attempts: 3,
      delayMs: 86_400_000,
      finished: false,
      rejection: null,
    })
  })

  it('ends what is undone, with its cause', () => {
    const undone: Outcome = { kind: 'undone' }
    expect(decide(at({ state: 'cancelling', step: 'capture' }), undone, most)).toMatchObject({
      transition: { to: 'cancelled', cause: 'customer' },
      step: null,
      finished: true,
    })
    expect(decide(at({ state: 'rejecting', step: null, rejection: 'sold-out' }), undone, most)).toMatchObject({
      transition: { to: 'rejected', cause: 'sold-out' },
      finished: true,
    })
    expect(() => decide(at({ state: 'rejecting', step: null }), undone, most)).toThrow('without a rejection')
  })

  it('reaches every state of the order by itself but those that only the customer asks for', () => {
    const reached = new Set(['received'])
    for (const step of steps)
      for (const outcome of [done, refused])
        reached.add(decide(at({ state: step.from, step: step.name }), outcome, most).transition?.to ?? '')
    for (const state of ['rejecting', 'cancelling'] as const)
      reached.add(decide(at({ state, rejection: 'sold-out' }), { kind: 'undone' }, most).transition?.to ?? '')
    expect(orderStates.filter((state) => !reached.has(state))).toEqual(['cancelling'])
    expect(transitions.confirmed).toContain('cancelling')
  })
})

describe('waiting', () => {
  it('is half certain and half random', () => {
    const rhythm = { firstMs: 100, factor: 2, maxMs: 1_000 }
    expect([0, 0.5, most()].map((random) => delayMs(rhythm, 3, () => random))).toEqual([200, 300, 400])
  })
})
