import { expect, it } from 'vitest'
import { prepareHeaderPatterns } from './header-patterns.ts'

it('header patterns are exact or prefixes, in any case', () => {
  const patterns = prepareHeaderPatterns(['X-User', 'x-trace-*'])
  expect(['x-user', 'x-users', 'x-trace-id', 'trace'].map((name) => patterns.fits(name))).toEqual([
    true,
    false,
    true,
    false,
  ])
  expect(prepareHeaderPatterns([]).empty).toBe(true)
})
