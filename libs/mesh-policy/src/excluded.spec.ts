import { expect, test } from 'vitest'
import { alsoExcluded, isExcluded } from './excluded.ts'

const all = { ignorePreviousHosts: true, remoteLocalities: false }

test('everybody who was tried is remembered, the last one last', () => {
  const one = alsoExcluded(all, null, 'a')
  expect(one.instances).toEqual(['a'])
  const two = alsoExcluded(all, one, 'b')
  expect(two.instances).toEqual(['a', 'b'])
  expect(one.instances).toEqual(['a'])
  expect([isExcluded(two, 'a'), isExcluded(two, 'b'), isExcluded(two, 'c')]).toEqual([true, true, false])
})

test('without ignorePreviousHosts only the last one', () => {
  const policy = { ignorePreviousHosts: false, remoteLocalities: true }
  const two = alsoExcluded(policy, alsoExcluded(policy, null, 'a'), 'b')
  expect(two).toEqual({ instances: ['b'], tries: 2, remoteLocalities: true })
})
