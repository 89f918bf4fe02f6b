import { describe, expect, it } from 'vitest'
import { decisionWaitMs } from './decision-wait.ts'

describe('waiting for the decision', () => {
  it.each([
    [null, 5_000],
    [60_000, 5_000],
    [3_000, 1_800],
    [1_100, 0],
    [500, 0],
  ])('with a deadline at %s, at 1000, is %i ms', (deadline, wait) => expect(decisionWaitMs(deadline, 1_000)).toBe(wait))
})
