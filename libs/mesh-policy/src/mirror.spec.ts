import { expect, test } from 'vitest'
import { chooseMirrors, prepareMirrors } from './mirror.ts'

test('mirrors are drawn apart; one of 0 % is none at all', () => {
  expect(prepareMirrors([{ cluster: 'a', percentage: 0 }])).toBeNull()
  const mirrors = prepareMirrors([
    { cluster: 'a', percentage: 100 },
    { cluster: 'b', percentage: 50 },
  ])
  const draw = (...randoms: number[]) =>
    mirrors === null ? [] : chooseMirrors(mirrors, () => randoms.shift() ?? 0).map(({ cluster }) => cluster)
  expect(draw(0.9, 0.49)).toEqual(['a', 'b'])
  expect(draw(0.9, 0.5)).toEqual(['a'])
})

test('the usual cases are answered with the same list each time', () => {
  const always = prepareMirrors([{ cluster: 'a', percentage: 100 }])
  const rarely = prepareMirrors([{ cluster: 'a', percentage: 1 }])
  if (always === null || rarely === null) throw new Error('there is a mirror')
  expect(chooseMirrors(always, () => 0.5)).toBe(chooseMirrors(always, () => 0.1))
  expect(chooseMirrors(rarely, () => 0.5)).toBe(chooseMirrors(rarely, () => 0.6))
  expect(chooseMirrors(rarely, () => 0.5)).toEqual([])
})
