import { expect, it } from 'vitest'
import { TokenPlaces, withoutParameter } from './token-places.ts'

it('a parameter is taken out of a query, and the rest stays as it came', () => {
  expect(withoutParameter('a=%20&access_token=x&b&access%5Ftoken=y', 'access_token')).toBe('a=%20&b')
  expect(withoutParameter('access_token=x', 'access_token')).toBe('')
})

const find = (
  rule: Partial<ConstructorParameters<typeof TokenPlaces>[0]>,
  query: string,
  headers: Record<string, string> = {},
) =>
  new TokenPlaces({ issuer: 'i', ...rule }).find({
    query,
    header: (name) => new Map(Object.entries(headers)).get(name),
  })

it('looks where Istio looks if nothing else is said', () => {
  expect(find({}, 'a=1', { authorization: 'Bearer a.b.c' })).toEqual([
    { token: 'a.b.c', header: 'authorization', parameter: null },
  ])
  expect(find({}, 'x=1&access%5Ftoken=a.b%2Ec')).toEqual([{ token: 'a.b.c', header: null, parameter: 'access_token' }])
  expect(find({}, 'access_token%zz=a.b.c', { 'x-token': 'a.b.c' })).toBeNull()
})

it('and only there where something is', () => {
  const rule = { fromHeaders: [{ name: 'X-Token', prefix: '' }], fromCookies: ['t'] }
  expect(find(rule, 'access_token=a.b.c', { authorization: 'Bearer a.b.c' })).toBeNull()
  expect(find(rule, '', { 'x-token': 'd.e.f', cookie: 'a=1; t="g.h.i"' })).toEqual([
    { token: 'd.e.f', header: 'x-token', parameter: null },
    { token: 'g.h.i', header: null, parameter: null },
  ])
})
