import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadRegexEngine } from './regex.ts'
import { matchRoute, prepareRoutes, queryParameter, type RoutableRequest } from './route-match.ts'
import type { Reader } from './reader.ts'
import type { Route, RouteMatch, StringMatch } from './snapshot.ts'

beforeAll(loadRegexEngine)

const READER: Reader = { namespace: 'meshmart', labels: { app: 'orders', version: 'v1' }, locality: '' }

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
  matchRoute(prepareRoutes([route('only', match)], READER), asked) !== null

describe('matching a route', () => {
  test('takes the first that fits, and null where none does', () => {
    const table = prepareRoutes(
      [
        route('exact', { uri: { kind: 'exact', value: '/' } }),
        route('prefix', { uri: { kind: 'prefix', value: '/v1' } }),
      ],
      READER,
    )
    expect(matchRoute(table, request())?.route.name).toBe('exact')
    expect(matchRoute(table, request({ path: '/v1/orders' }))?.route.name).toBe('prefix')
    expect(matchRoute(table, request({ path: '/other' }))).toBeNull()
  })

  test('a route without conditions takes everything', () => {
    expect(matchRoute(prepareRoutes([route('all')], READER), request({ path: '/x' }))?.route.name).toBe('all')
  })

  test('alternatives: one is enough; within one all conditions must fit', () => {
    const table = prepareRoutes(
      [
        route(
          'r',
          { method: { kind: 'exact', value: 'PUT' } },
          { uri: { kind: 'exact', value: '/a' }, method: { kind: 'exact', value: 'POST' } },
        ),
      ],
      READER,
    )
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
    expect(() => prepareRoutes([route('r', { uri: { kind: 'regex', value: '(?=a)' } })], READER)).toThrow('(?=')
  })
})

describe('conditions on the reader are decided when the snapshot arrives', () => {
  const rules = (match: RouteMatch, reader: Partial<Reader> = {}): number =>
    prepareRoutes([route('r', match)], { ...READER, ...reader }).rules.length

  test.each<[RouteMatch, Partial<Reader>, number]>([
    [{ sourceLabels: { app: 'orders' } }, {}, 1],
    [{ sourceLabels: { app: 'orders', version: 'v2' } }, {}, 0],
    [{ sourceNamespace: 'meshmart' }, {}, 1],
    [{ sourceNamespace: 'default' }, {}, 0],
    [{ port: 80 }, { port: 80 }, 1],
    [{ port: 81 }, { port: 80 }, 0],
    [{ scheme: { kind: 'exact', value: 'http' } }, {}, 1],
    [{ scheme: { kind: 'exact', value: 'http' } }, { scheme: 'https' }, 0],
    [{ scheme: { kind: 'prefix', value: 'http' } }, { scheme: 'https' }, 1],
  ])('%j at %j leaves %i rules', (match, reader, left) => {
    expect(rules(match, reader)).toBe(left)
  })

  test('a route whose only match concerns others takes nothing, and not everything', () => {
    const table = prepareRoutes([route('theirs', { sourceNamespace: 'default' })], READER)
    expect(matchRoute(table, request())).toBeNull()
  })

  test('where the listener has no port of its own, the port of the authority counts', () => {
    const match: RouteMatch = { port: 8080 }
    expect(fits(match, request({ authority: 'orders:8080' }))).toBe(true)
    expect(fits(match, request({ authority: 'orders' }))).toBe(false)
    expect(fits({ port: 80 }, request({ authority: '[::1]' }))).toBe(true)
  })
})

// Envoy: HeaderMatcher.invert_match with treat_missing_header_as_empty; Istio: TranslateRouteMatch.
test.each<[StringMatch, Record<string, string>, boolean]>([
  [{ kind: 'exact', value: 'yes' }, {}, true],
  [{ kind: 'exact', value: 'yes' }, { 'x-beta': 'yes' }, false],
  [{ kind: 'exact', value: 'yes' }, { 'x-beta': 'no' }, true],
  [{ kind: 'prefix', value: '' }, {}, true],
  [{ kind: 'prefix', value: '' }, { 'x-beta': '' }, false],
  [{ kind: 'regex', value: '*' }, { 'x-beta': 'any' }, false],
  [{ kind: 'regex', value: '.*' }, {}, false],
])('withoutHeaders %j of %j fits: %s', (condition, headers, result) => {
  expect(fits({ withoutHeaders: { 'X-Beta': condition } }, request({}, headers))).toBe(result)
})

describe('the tree decides as a walk from the first rule to the last does', () => {
  const part = fc.constantFrom('/', '/a', '/ab', '/abc', '/b', 'a', 'b', 'A', '//', '/v1/')
  const path = fc.array(part, { maxLength: 4 }).map((parts) => `/${parts.join('')}`)
  const condition = fc.constantFrom<RouteMatch>(
    {},
    { method: { kind: 'exact', value: 'PUT' } },
    { headers: { x: { kind: 'prefix', value: '' } } },
  )
  const match = fc
    .tuple(
      fc.constantFrom('exact' as const, 'prefix' as const, 'regex' as const, 'none' as const),
      path,
      fc.boolean(),
      condition,
    )
    .map(([kind, value, ignoreUriCase, more]): RouteMatch =>
      kind === 'none'
        ? more
        : { uri: { kind, value: kind === 'regex' ? `${value}.*` : value }, ignoreUriCase, ...more },
    )

  test('whatever the rules and the request', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(match, { maxLength: 3 }), { maxLength: 12 }),
        fc.array(fc.tuple(path, fc.constantFrom('GET', 'PUT'), fc.boolean()), { minLength: 1, maxLength: 8 }),
        (matches, requests) => {
          const routes = matches.map((alternatives, index) => route(String(index), ...alternatives))
          const table = prepareRoutes(routes, READER)
          for (const [asked, method, hasHeader] of requests) {
            const one = request({ path: asked, method }, hasHeader ? { x: '' } : {})
            expect(matchRoute(table, one)?.route.name).toBe(routes.find((candidate) => naive(candidate, one))?.name)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  function naive(candidate: Route, asked: RoutableRequest): boolean {
    return candidate.match.length === 0 || candidate.match.some((one) => naiveFits(one, asked))
  }

  function naiveFits({ uri, ignoreUriCase, method, headers }: RouteMatch, asked: RoutableRequest): boolean {
    const fold = (text: string): string => (ignoreUriCase && uri?.kind !== 'regex' ? text.toLowerCase() : text)
    const fitsUri = {
      exact: (value: string) => fold(asked.path) === fold(value),
      prefix: (value: string) => fold(asked.path).startsWith(fold(value)),
      regex: (value: string) => new RegExp(`^(?:${value})$`).test(asked.path),
    }
    return (
      (uri === undefined || fitsUri[uri.kind](uri.value)) &&
      (method === undefined || method.value === asked.method) &&
      Object.keys(headers ?? {}).every((name) => asked.header(name) !== undefined)
    )
  }
})

test('a thousand rules are found without a walk', () => {
  const routes = Array.from({ length: 1000 }, (_, index) =>
    route(String(index), { uri: { kind: index % 2 ? 'prefix' : 'exact', value: `/service-${index}/` } }),
  )
  const table = prepareRoutes(routes, READER)
  expect(table.walked).toEqual([])
  expect(matchRoute(table, request({ path: '/service-998/' }))?.route.name).toBe('998')
  expect(matchRoute(table, request({ path: '/service-999/x' }))?.route.name).toBe('999')
  expect(matchRoute(table, request({ path: '/service-998/x' }))).toBeNull()
})

test('what cannot be used is refused with the name of its route', () => {
  const broken: Route = { ...route('r'), headers: { response: { set: { 'x-a': '%NO_SUCH%' } } } }
  expect(() => prepareRoutes([broken], READER)).toThrow('route r of VirtualService default/test: header x-a: %NO_SUCH%')
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
