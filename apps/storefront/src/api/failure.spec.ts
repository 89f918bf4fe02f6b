import { describeProblem } from '@meshmart/contracts'
import { expect, it } from 'vitest'
import { isNotThere, NoAnswer, ProblemAnswer } from './failure.ts'

it.each([
  ['not-found', true],
  ['not-signed-in', true],
  ['wrong-credentials', false],
  ['upstream-unavailable', false],
] as const)('%s means that there is nothing for this reader: %s', (code, expected) => {
  expect(isNotThere(new ProblemAnswer(describeProblem(code, 'en')))).toBe(expected)
})

it('does not take silence for absence', () => {
  expect(isNotThere(new NoAnswer('lost'))).toBe(false)
})
