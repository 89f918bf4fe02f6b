import { describe, expect, test } from 'vitest'
import { matchRoute, prepareRoutes, queryParameter, type RoutableRequest } from './route-match.ts'
import type { Route, RouteMatch } from './snapshot.ts'

const route = (name: string, ...match: RouteMatch[]): Route => ({
  name,
  source: 'VirtualService default/test',
  match,
  destinations: [],
  timeoutMs: 0,
  retries: { attempts: 0, perTryTimeoutMs: 0, retryOn: [] },
})

const request = (more: Partial<RoutableRequest> = {}, headers: Record<string, string> = {}): RoutableRequest => ({
  method: 'GET',
  path: '/',
  query: '',
  authority: 'myapp.example.com',
  header: (name) => headers[name],
  ...more,
})

const fits = (match: RouteMatch, asked: RoutableRequest) =>
  matchRoute(prepareRoutes([route('only', match)]), asked) !== null

describe('matching a route', () => {
  test('takes the first that fits, and null where none does', () => {
    const table = prepareRoutes([
      route('exact', { uri: { kind: 'exact', value: '/' } }),
      route('prefix', { uri: { kind: 'prefix', value: '/v1' } }),
    ])
    expect(matchRoute(table, request())?.name).toBe('exact')
    expect(matchRoute(table, request({ path: '/v1/orders' }))?.name).toBe('prefix')
    expect(matchRoute(table, request({ path: '/other' }))).toBeNull()
  })

  test('a route without conditions takes everything', () => {
    expect(matchRoute(prepareRoutes([route('all')]), request({ path: '/x' }))?.name).toBe('all')
  })

  test('alternatives: one is enough; within one all conditions must fit', () => {
    const table = prepareRoutes([
      route(
        'r',
        { method: { kind: 'exact', value: 'PUT' } },
        { uri: { kind: 'exact', value: '/a' }, method: { kind: 'exact', value: 'POST' } },
      ),
    ])
    expect(matchRoute(table, request({ method: 'PUT' }))).not.toBeNull()
    expect(matchRoute(table, request({ method: 'POST', path: '/a' }))).not.toBeNull()
    expect(matchRoute(table, request({ method: 'POST', path: '/b' }))).toBeNull()
  })

  test('regex matches the whole path', () => {
    const match: RouteMatch = { uri: { kind: 'regex', value: '/v1/orders/[^/]+/events' } }
    expect(fits(match, request({ path: '/v1/orders/7/events' }))).toBe(true)
    expect(fits(match, request({ path: '/v1/orders/7/events/x' }))).toBe(false)
  })

  test('ignoreUriCase counts for exact and prefix, not for regex', () => {
    const asked = request({ path: '/Shop/CART' })
    expect(fits({ uri: { kind: 'exact', value: '/shop/Cart' }, ignoreUriCase: true }, asked)).toBe(true)
    expect(fits({ uri: { kind: 'prefix', value: '/SHOP' }, ignoreUriCase: true }, asked)).toBe(true)
    expect(fits({ uri: { kind: 'regex', value: '/shop/cart' }, ignoreUriCase: true }, asked)).toBe(false)
    expect(fits({ uri: { kind: 'exact', value: '/shop/cart' } }, asked)).toBe(false)
  })

  test('headers are looked up in lower case; an empty prefix asks for presence', () => {
    const match: RouteMatch = { headers: { 'X-User': { kind: 'prefix', value: '' } } }
    expect(fits(match, request({}, { 'x-user': '' }))).toBe(true)
    expect(fits(match, request())).toBe(false)
  })

  test('query parameters and authority', () => {
    const match: RouteMatch = {
      queryParams: { v: { kind: 'exact', value: '2' } },
      authority: { kind: 'exact', value: 'myapp.example.com' },
    }
    expect(fits(match, request({ query: 'a=1&v=2' }))).toBe(true)
    expect(fits(match, request({ query: 'vv=2&av=2' }))).toBe(false)
    expect(fits(match, request({ query: 'v=2', authority: 'other' }))).toBe(false)
  })

  test('an expression that is not RE2 is refused when the snapshot arrives', () => {
    expect(() => prepareRoutes([route('r', { uri: { kind: 'regex', value: '(?=a)' } })])).toThrow('lookahead')
  })
})

test.each([
  ['a=1&b=2', 'b', '2'],
  ['a', 'a', ''],
  ['a&b', 'b', ''],
  ['ab=1&a=2&a=3', 'a', '2'],
  ['b=a=1', 'a', undefined],
  ['', 'a', undefined],
])('query %s has %s = %s', (query, name, value) => {
  expect(queryParameter(query, name)).toBe(value)
})
