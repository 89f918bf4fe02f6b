import { expect, test } from 'vitest'
import { chooseFault, prepareFault } from './fault.ts'

const ABORT = { httpStatus: 503, grpcStatus: null }

test('delay and abort are drawn apart', () => {
  const fault = prepareFault({ delay: { fixedDelayMs: 20, percentage: 50 }, abort: { ...ABORT, percentage: 10 } })
  expect(chooseFault(fault, 0.49, 0.09)).toEqual({ delayMs: 20, abort: ABORT })
  expect(chooseFault(fault, 0.49, 0.1)).toEqual({ delayMs: 20, abort: null })
  expect(chooseFault(fault, 0.5, 0.09)).toEqual({ delayMs: 0, abort: ABORT })
  expect(chooseFault(fault, 0.5, 0.1)).toEqual({ delayMs: 0, abort: null })
})

test('0 % is never, 100 % always, and what is not written never happens', () => {
  const never = prepareFault({ abort: { ...ABORT, percentage: 0 } })
  expect(chooseFault(never, 0, 0)).toEqual({ delayMs: 0, abort: null })
  const always = prepareFault({ delay: { fixedDelayMs: 5, percentage: 100 } })
  expect(chooseFault(always, 0.999_999, 0)).toEqual({ delayMs: 5, abort: null })
})
