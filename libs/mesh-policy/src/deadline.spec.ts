import fc from 'fast-check'
import { expect, test } from 'vitest'
import { effectiveDeadline, formatDeadline, parseDeadline, tryTimeoutMs } from './deadline.ts'

test.each([
  [0, null, null],
  [0, 1500, 1500],
  [800, null, 1800],
  [800, 1500, 1500],
  [200, 1500, 1200],
])('route timeout %s and deadline %s give %s', (timeout, caller, deadline) => {
  expect(effectiveDeadline(timeout, caller, 1000)).toBe(deadline)
})

test.each([
  [0, null, null],
  [250, null, 250],
  [250, 1100, 100],
  [0, 1100, 100],
  [0, 900, -100],
])('per-try timeout %s before deadline %s gives %s', (perTry, deadline, left) => {
  expect(tryTimeoutMs(perTry, deadline, 1000)).toBe(left)
})

test('what is written can be read, to the millisecond', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9_999_999 }), fc.nat(), (left, now) => {
      expect(parseDeadline(formatDeadline(now + left, now), now)).toBe(now + left)
    }),
  )
})

test.each([undefined, '', '0', '-5', '1.5', '1e3', 'soon', '99999999999'])('%s is no deadline', (value) => {
  expect(parseDeadline(value, 0)).toBeNull()
})

test('a deadline that is over is passed on as the shortest, never as none', () => {
  expect(formatDeadline(900, 1000)).toBe('1')
})
